package io.sluice.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.sluice.engine.OutboxSettings;
import io.sluice.firehose.ObjectTarget;
import io.sluice.identity.WebOrigins;
import io.sluice.message.InvalidTopic;
import io.sluice.message.TopicFilter;
import io.sluice.outbound.Addresses;
import io.sluice.outbound.CredentialsFile;
import io.sluice.outbound.OutboundSettings;
import io.sluice.session.SessionLimits;
import io.sluice.shadow.ShadowSettings;
import io.sluice.transport.TransportLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings in force: defaults, then {@code sluice.yaml}, then the environment, then flags.
 * Immutable; every value was checked.
 */
final class GatewayConfig {
  /** Read when it is there and no other file is named. */
  static final Path DEFAULT_FILE = Path.of("sluice.yaml");

  private static final int PORT_MAX = 65_535;

  private final Map<Setting, String> values;

  private GatewayConfig(Map<Setting, String> values) {
    this.values = values;
  }

  /** The operator wrote something that cannot be; the sentence says what and where. */
  static final class ConfigRefused extends RuntimeException {
    ConfigRefused(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * Puts the sources together.
   *
   * @param file a file that must exist, or null for {@link #DEFAULT_FILE} if that exists
   * @param environment as {@link System#getenv()} gives it
   * @param flags what stood on the command line
   * @throws ConfigRefused on an unknown key or a value that does not fit
   */
  static GatewayConfig load(
      @Nullable Path file, Map<String, String> environment, Map<Setting, String> flags) {
    Map<Setting, String> values = new EnumMap<>(Setting.class);
    Path source = file != null ? file : Files.exists(DEFAULT_FILE) ? DEFAULT_FILE : null;
    if (source != null) {
      read(source, values);
    }
    for (Setting setting : Setting.values()) {
      String value = environment.get(setting.variable());
      if (value != null) {
        put(values, setting, value, "environment variable " + setting.variable());
      }
    }
    flags.forEach((setting, value) -> put(values, setting, value, "flag --" + setting.key()));
    boolean aws = "aws".equals(values.get(Setting.COMPATIBILITY));
    for (Setting setting : Setting.values()) {
      values.putIfAbsent(setting, aws ? setting.absentAws() : setting.absent());
    }
    return new GatewayConfig(values);
  }

  private static void read(Path file, Map<Setting, String> values) {
    JsonNode tree;
    try {
      tree = new YAMLMapper().readTree(Files.readAllBytes(file));
    } catch (IOException unreadable) {
      throw new ConfigRefused("%s cannot be read: %s".formatted(file, firstLine(unreadable)));
    }
    if (tree == null || tree.isNull() || tree.isMissingNode()) {
      return; // an empty file
    }
    if (!tree.isObject()) {
      throw new ConfigRefused("%s: expected lines of the form 'key: value'".formatted(file));
    }
    for (Map.Entry<String, JsonNode> entry : tree.properties()) {
      Setting setting =
          Setting.of(entry.getKey())
              .orElseThrow(
                  () ->
                      new ConfigRefused(
                          "%s: unknown key '%s'; did you mean '%s'? ('./sluice start --help' lists all)"
                              .formatted(file, entry.getKey(), Setting.nearest(entry.getKey()))));
      put(values, setting, text(entry.getValue()), file + ": key '" + setting.key() + "'");
    }
  }

  /** A list becomes its lines, each ended, so that an element may hold a comma. */
  private static String text(JsonNode value) {
    if (!value.isArray()) {
      return value.asText();
    }
    StringBuilder lines = new StringBuilder();
    value.forEach(element -> lines.append(element.asText()).append('\n'));
    return lines.toString();
  }

  private static String firstLine(IOException failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse(failure.toString());
  }

  private static void put(
      Map<Setting, String> values, Setting setting, String value, String where) {
    check(setting, value, where);
    values.put(setting, value);
  }

  private static void check(Setting setting, String value, String where) {
    String expected =
        switch (setting.kind()) {
          case TEXT -> value.isBlank() ? "a text" : "";
          case FLAG -> value.equals("true") || value.equals("false") ? "" : "true or false";
          case PORT ->
              isNumber(value) && Long.parseLong(value) <= PORT_MAX ? "" : "a port, 0 to 65535";
          case COUNT -> checkCount(setting, value);
          case FILTERS -> checkFilters(value);
          case ORIGINS -> checkOrigins(value);
          case CHOICE -> {
            List<String> words = setting.knob() == null ? List.of() : setting.knob().words();
            yield words.contains(value) ? "" : String.join(" or ", words);
          }
        };
    if (expected.isEmpty()
        && setting == Setting.COMPATIBILITY
        && !List.of("standard", "aws").contains(value)) {
      expected = "standard or aws";
    }
    if (expected.isEmpty()
        && setting == Setting.OUTBOX_POLICY
        && !List.of("refuse", "drop").contains(value)) {
      expected = "refuse or drop";
    }
    if (expected.isEmpty() && setting == Setting.ACCOUNT_ID && !value.matches("[0-9]{12}")) {
      expected = "12 digits";
    }
    if (!expected.isEmpty()) {
      throw new ConfigRefused("%s: found '%s', expected %s".formatted(where, value, expected));
    }
  }

  private static String checkFilters(String value) {
    try {
      filters(value);
      return "";
    } catch (InvalidTopic invalid) {
      return "topic filters: " + invalid.getMessage();
    }
  }

  private static List<TopicFilter> filters(String value) {
    return Arrays.stream(value.split(value.endsWith("\n") ? "\n" : ",", -1))
        .map(String::strip)
        .filter(filter -> !filter.isEmpty())
        .map(TopicFilter::of)
        .toList();
  }

  /** The topic filters of a setting that lists them. */
  List<TopicFilter> filters(Setting setting) {
    return filters(text(setting));
  }

  private static String checkOrigins(String value) {
    try {
      WebOrigins.of(value);
      return "";
    } catch (IllegalArgumentException invalid) {
      return "origins of web pages: " + invalid.getMessage();
    }
  }

  /** The web pages of a setting that lists their origins. */
  WebOrigins origins(Setting setting) {
    return WebOrigins.of(text(setting));
  }

  private static String checkCount(Setting setting, String value) {
    if (isNumber(value)
        && Long.parseLong(value) >= setting.min()
        && Long.parseLong(value) <= setting.max()) {
      return "";
    }
    return setting.max() == Long.MAX_VALUE
        ? "a whole number from %d on".formatted(setting.min())
        : "a whole number from %d to %d".formatted(setting.min(), setting.max());
  }

  private static boolean isNumber(String value) {
    return value.matches("[0-9]{1,15}");
  }

  String text(Setting setting) {
    return String.valueOf(values.get(setting));
  }

  boolean flag(Setting setting) {
    return text(setting).equals("true");
  }

  int number(Setting setting) {
    return (int) Math.min(Integer.MAX_VALUE, longNumber(setting));
  }

  long longNumber(Setting setting) {
    return Long.parseLong(text(setting));
  }

  /** Threads for a setting where 0 stands for one each processor. */
  int threads(Setting setting) {
    int wanted = number(setting);
    return wanted > 0 ? wanted : Runtime.getRuntime().availableProcessors();
  }

  TransportLimits transportLimits() {
    return limits(TransportLimits.class, isAws() ? TransportLimits.AWS : TransportLimits.STANDARD);
  }

  SessionLimits sessionLimits() {
    return limits(SessionLimits.class, isAws() ? SessionLimits.AWS : SessionLimits.STANDARD);
  }

  ShadowSettings shadowSettings() {
    return limits(ShadowSettings.class, isAws() ? ShadowSettings.aws() : ShadowSettings.standard());
  }

  /** The bounds of what waits for the world outside. */
  OutboxSettings outboxSettings() {
    return new OutboxSettings(
        longNumber(Setting.OUTBOX_MESSAGES_MAX),
        longNumber(Setting.OUTBOX_BYTES_MAX),
        longNumber(Setting.OUTBOX_TOTAL_BYTES_MAX),
        Duration.ofSeconds(longNumber(Setting.OUTBOX_AGE_SECONDS)),
        OutboxSettings.Policy.valueOf(text(Setting.OUTBOX_POLICY).toUpperCase(Locale.ROOT)),
        number(Setting.OUTBOX_CALLS_MAX));
  }

  /**
   * How the world outside is reached.
   *
   * @throws ConfigRefused when a range or the credentials file cannot be used
   */
  OutboundSettings outboundSettings(
      ObjectTarget objects, OutboundSettings.Functions functions, OutboundSettings.Watch watch) {
    try {
      String file = text(Setting.CREDENTIALS_FILE);
      return new OutboundSettings(
          Addresses.allowing(text(Setting.OUTBOUND_PRIVATE_RANGES)),
          file.isEmpty() ? CredentialsFile.NONE : CredentialsFile.read(Path.of(file)),
          flag(Setting.DESTINATIONS_CONFIRMED),
          text(Setting.REGION),
          objects,
          functions,
          watch);
    } catch (IllegalArgumentException wrong) {
      throw new ConfigRefused(String.valueOf(wrong.getMessage()));
    }
  }

  private <L> L limits(Class<L> room, L preset) {
    L limits = preset;
    for (Setting setting : Setting.values()) {
      Knob<?> knob = setting.knob();
      if (knob != null) {
        limits = knob.turn(room, limits, text(setting));
      }
    }
    return limits;
  }

  boolean isAws() {
    return text(Setting.COMPATIBILITY).equals("aws");
  }
}
