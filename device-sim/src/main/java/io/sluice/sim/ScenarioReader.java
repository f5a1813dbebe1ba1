package io.sluice.sim;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the YAML of a {@link Scenario}. */
final class ScenarioReader {
  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final long FILE_BYTES_MAX = 1 << 20;

  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration DAY = Duration.ofDays(1);

  /** Keep alive is two bytes of seconds; 0 turns it off. */
  private static final Duration KEEP_ALIVE_MAX = Duration.ofSeconds(65_535);

  private ScenarioReader() {}

  static Scenario load(Path file) {
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new ScenarioInvalid(
            file.toString(), "is larger than 1 MB", "check that this is a scenario");
      }
      return parse(file.toString(), Files.readString(file));
    } catch (IOException e) {
      String problem = Files.exists(file) ? "cannot be read as UTF-8 text" : "does not exist";
      throw new ScenarioInvalid(
          file.toString(), problem, "name a scenario, for example device-sim/scenarios/demo.yaml");
    }
  }

  static Scenario parse(String where, String yaml) {
    JsonNode tree;
    try {
      tree = YAML.readTree(yaml);
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      String position =
          at == null ? "" : " at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr());
      throw new ScenarioInvalid(
          where,
          "is not YAML" + position,
          firstLine(e.getOriginalMessage()) + "; correct the line");
    }
    return scenario(where, tree);
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  private static Scenario scenario(String where, JsonNode tree) {
    YamlSection top =
        YamlSection.open(
            where,
            "",
            tree,
            Set.of(
                "name",
                "seed",
                "devices",
                "firstDevice",
                "clientId",
                "duration",
                "connect",
                "telemetry",
                "shadow",
                "faults"));
    String pattern = top.text("clientId", "device-%04d");
    ClientIdPattern clientId =
        ClientIdPattern.parse(pattern)
            .orElseThrow(() -> top.invalid("clientId", ClientIdPattern.REMEDY));
    Scenario scenario =
        new Scenario(
            top.text("name", "scenario"),
            top.integer("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE),
            (int) top.integer("devices", 1, 1, Scenario.DEVICES_MAX),
            top.integer("firstDevice", 1, 0, Integer.MAX_VALUE),
            clientId,
            top.duration("duration", Duration.ofMinutes(1), MILLI, Scenario.DURATION_MAX),
            connect(top),
            telemetry(top),
            shadow(top),
            faults(top));
    if (scenario.telemetry() == null && scenario.shadow() == null) {
      throw new ScenarioInvalid(
          where,
          "has neither 'telemetry' nor 'shadow', so its devices would say nothing",
          "add one of them");
    }
    return scenario;
  }

  private static Scenario.Connect connect(YamlSection top) {
    Set<String> known = Set.of("mqtt", "keepAlive", "session", "sessionExpiry", "rampUp", "will");
    YamlSection keys = top.section("connect", known);
    YamlSection connect = keys != null ? keys : emptySection(top, known);
    boolean persistent = connect.word("session", false, Map.of("clean", false, "persistent", true));
    if (!persistent && connect.has("sessionExpiry")) {
      throw connect.invalid("sessionExpiry", "add 'session: persistent', or take it out");
    }
    return new Scenario.Connect(
        connect.word(
            "mqtt",
            MqttVersion.V3_1_1,
            Map.of("3.1.1", MqttVersion.V3_1_1, "5", MqttVersion.V5, "5.0", MqttVersion.V5)),
        connect.duration("keepAlive", Duration.ofSeconds(60), Duration.ZERO, KEEP_ALIVE_MAX),
        persistent,
        connect.duration("sessionExpiry", Duration.ofHours(1), SECOND, DAY.multipliedBy(365)),
        connect.number("rampUp", 50, 0.01, 100_000),
        will(connect));
  }

  private static YamlSection emptySection(YamlSection top, Set<String> known) {
    return YamlSection.open(top.where(), "connect", JsonNodeFactory.instance.objectNode(), known);
  }

  private static Scenario.@Nullable Will will(YamlSection connect) {
    YamlSection will = connect.section("will", Set.of("topic", "qos", "retain", "payload"));
    if (will == null) {
      return null;
    }
    return new Scenario.Will(
        topic(will, "topic", "devices/{clientId}/gone"),
        qos(will),
        will.flag("retain", false),
        payload(will, "payload"));
  }

  private static Scenario.@Nullable Telemetry telemetry(YamlSection top) {
    YamlSection keys =
        top.section(
            "telemetry",
            Set.of("topic", "every", "jitter", "qos", "retain", "inFlightMax", "payload"));
    if (keys == null) {
      return null;
    }
    return new Scenario.Telemetry(
        topic(keys, "topic", "devices/{clientId}/telemetry"),
        keys.duration("every", SECOND, MILLI, DAY),
        keys.number("jitter", 0.1, 0, 1),
        qos(keys),
        keys.flag("retain", false),
        (int) keys.integer("inFlightMax", 16, 1, 1_000),
        payload(keys, "payload"));
  }

  private static Scenario.@Nullable Shadow shadow(YamlSection top) {
    YamlSection keys =
        top.section(
            "shadow",
            Set.of(
                "thing",
                "name",
                "reportAtStart",
                "every",
                "reactToDelta",
                "reactAfter",
                "getAtConnect",
                "state"));
    if (keys == null) {
      return null;
    }
    String name = keys.has("name") ? keys.text("name", "config") : null;
    if (name != null && !name.matches("[A-Za-z0-9:_-]{1,64}")) {
      throw keys.invalid("name", "use 1 to 64 letters, digits and : _ -");
    }
    boolean react = keys.flag("reactToDelta", true);
    return new Scenario.Shadow(
        topic(keys, "thing", "{clientId}"),
        name,
        keys.flag("reportAtStart", true),
        keys.has("every") ? keys.duration("every", SECOND, Duration.ofMillis(10), DAY) : null,
        react,
        keys.duration("reactAfter", Duration.ZERO, Duration.ZERO, DAY),
        keys.flag("getAtConnect", react),
        objectPayload(keys, "state"));
  }

  private static Scenario.@Nullable Faults faults(YamlSection top) {
    YamlSection keys = top.section("faults", Set.of("dropEvery", "how"));
    if (keys == null) {
      return null;
    }
    return new Scenario.Faults(
        keys.duration("dropEvery", Duration.ofMinutes(1), Duration.ofMillis(50), DAY),
        keys.word("how", false, Map.of("cut", false, "silence", true)));
  }

  private static int qos(YamlSection keys) {
    return (int) keys.integer("qos", 1, 0, 2);
  }

  private static NameTemplate topic(YamlSection keys, String key, String otherwise) {
    return NameTemplate.topic(keys.where(), keys.at(key), keys.text(key, otherwise));
  }

  private static PayloadTemplate payload(YamlSection keys, String key) {
    JsonNode node = keys.raw(key);
    if (node == null) {
      throw keys.invalid(key, "write the JSON to send, for example {device: \"{clientId}\"}");
    }
    return new PayloadTemplate(new PayloadReader(keys.where()).read(keys.at(key), node));
  }

  private static PayloadTemplate objectPayload(YamlSection keys, String key) {
    PayloadTemplate template = payload(keys, key);
    if (!(template.root() instanceof GeneratorSpec.Fields)) {
      throw keys.invalid(key, "write a mapping: what the device reports, field by field");
    }
    return template;
  }
}
