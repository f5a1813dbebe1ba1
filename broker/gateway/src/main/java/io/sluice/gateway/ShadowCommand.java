package io.sluice.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice shadow}: shadows of a running gateway and their past, for people. */
@Command(
    name = "shadow",
    description = "Shows and changes the shadows of a running gateway.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ShadowCommand.Show.class,
      ShadowCommand.Diff.class,
      ShadowCommand.History.class,
      ShadowCommand.Set.class,
      ShadowCommand.RollBack.class,
      ShadowCommand.ListNamed.class
    })
final class ShadowCommand implements Callable<Integer> {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  private static final int PAGE_MAX = 100;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    throw new CommandLine.ParameterException(
        spec == null ? new CommandLine(this) : spec.commandLine(),
        "say what to do: show, diff, history, set, rollback or list");
  }

  /** What every one of them takes: a gateway, a thing, a shadow of it. */
  abstract static class OfThing implements Callable<Integer> {
    @Mixin private ApiOptions access = new ApiOptions();

    @Parameters(index = "0", paramLabel = "THING", description = "Thing name.")
    String thing = "";

    @Option(
        names = "--name",
        paramLabel = "SHADOW",
        description = "A named shadow (default: the classic one).")
    private @Nullable String name;

    @Option(names = "--json", description = "Prints JSON.")
    boolean json;

    @Spec private @Nullable CommandSpec spec;

    private @Nullable AdminClient client;

    final JsonNode get(Map<String, ?> query) {
      return ask("GET", query, "");
    }

    /** Asks about the shadow. */
    final JsonNode ask(String method, Map<String, ?> query, String body) {
      Map<String, String> all = new LinkedHashMap<>();
      query.forEach((key, value) -> all.put(key, String.valueOf(value)));
      if (name != null) {
        all.put("name", name);
      }
      return send(method, "/things/" + AdminClient.escape(thing) + "/shadow", all, body);
    }

    final JsonNode send(String method, String path, Map<String, String> query, String body) {
      if (client == null) {
        client = access.client();
      }
      AdminClient.Answer answer = client.send(method, path, query, body);
      JsonNode tree = tree(answer.body());
      if (answer.status() != 200) {
        throw new Refusals.CommandFailed(
            "the gateway answered %d: %s"
                .formatted(answer.status(), tree.path("message").asText(answer.body())));
      }
      return tree;
    }

    final CommandLine commandLine() {
      return spec == null ? new CommandLine(this) : spec.commandLine();
    }

    final PrintWriter out() {
      return commandLine().getOut();
    }

    final ShadowTable table() {
      return new ShadowTable(out(), name == null ? thing : thing + " / " + name);
    }

    final int printed(JsonNode answer) {
      out().println(answer.toPrettyString());
      return 0;
    }

    private static JsonNode tree(String body) {
      try {
        return JSON.readTree(body);
      } catch (JsonProcessingException notJson) { // a proxy's page: shown as it is
        return TextNode.valueOf(body);
      }
    }
  }

  /** Desired, reported and what differs, side by side. */
  @Command(
      name = "show",
      description = "Shows desired, reported and delta side by side, with their ages.",
      mixinStandardHelpOptions = true)
  static final class Show extends OfThing {
    @Option(names = "--as-of-version", paramLabel = "N", description = "As it was in version N.")
    private @Nullable Long version;

    @Option(
        names = "--as-of",
        paramLabel = "TIME",
        description = "As it was then: 2026-01-31T12:00:00Z, or milliseconds since 1970.")
    private @Nullable String time;

    @Override
    public Integer call() {
      Map<String, Object> query = new LinkedHashMap<>();
      if (version != null) {
        query.put("asOfVersion", version);
      }
      if (time != null) {
        query.put("asOfTime", time);
      }
      JsonNode document = get(query);
      if (json) {
        return printed(document);
      }
      table().document(document);
      return 0;
    }
  }

  /** What changed between two versions. */
  @Command(
      name = "diff",
      description = "Shows what changed between two versions; without any, what the last one did.",
      mixinStandardHelpOptions = true)
  static final class Diff extends OfThing {
    @Parameters(index = "1", arity = "0..1", paramLabel = "FROM", description = "A version.")
    private @Nullable Long from;

    @Parameters(
        index = "2",
        arity = "0..1",
        paramLabel = "TO",
        description = "Another version (default: the current one).")
    private @Nullable Long to;

    @Override
    public Integer call() {
      Map<String, Object> query = new LinkedHashMap<>();
      query.put("diffFrom", from != null ? from : get(Map.of()).path("version").asLong() - 1);
      if (to != null) {
        query.put("diffTo", to);
      }
      JsonNode diff = get(query);
      if (json) {
        return printed(diff);
      }
      table().diff(diff);
      return 0;
    }
  }

  /** Who changed what. */
  @Command(
      name = "history",
      description = "Shows who changed what and when, newest first.",
      mixinStandardHelpOptions = true)
  static final class History extends OfThing {
    @Option(
        names = "--last",
        paramLabel = "N",
        defaultValue = "20",
        description = "How many versions (default: ${DEFAULT-VALUE}).")
    private int last = 20;

    @Override
    public Integer call() {
      long newest = get(Map.of("history", true, "pageSize", 1)).path("lastVersion").asLong();
      ArrayNode changes = JsonNodeFactory.instance.arrayNode();
      long from = Math.max(1, newest - last + 1);
      while (from != 0) {
        JsonNode page = get(Map.of("history", true, "fromVersion", from, "pageSize", PAGE_MAX));
        page.path("versions").forEach(changes::add);
        from = page.path("nextVersion").asLong(); // 0 on the last page
      }
      if (json) {
        return printed(changes);
      }
      table().history(changes, System.currentTimeMillis());
      return 0;
    }
  }

  /** Changes a shadow. */
  @Command(
      name = "set",
      description = "Changes a shadow: './sluice shadow set lamp color=red target.x=3 old=null'.",
      mixinStandardHelpOptions = true)
  static final class Set extends OfThing {
    @Parameters(
        index = "1..*",
        arity = "0..*",
        paramLabel = "PATH=VALUE",
        description =
            "An attribute, its path with dots; a value is JSON, or a text. null deletes it.")
    private List<String> attributes = List.of();

    @Option(names = "--reported", description = "Sets reported attributes instead of desired ones.")
    private boolean reported;

    @Option(
        names = "--state",
        paramLabel = "JSON",
        description = "The whole state of an update instead of attributes.")
    private @Nullable String state;

    @Option(
        names = "--expect",
        paramLabel = "N",
        description = "Only when the current version is N.")
    private @Nullable Long expected;

    @Override
    public Integer call() {
      ObjectNode update = JsonNodeFactory.instance.objectNode();
      update.set("state", state());
      if (expected != null) {
        update.put("version", expected);
      }
      JsonNode answer = ask("POST", Map.of(), update.toString());
      if (json) {
        return printed(answer);
      }
      out().printf("version %d%n", answer.path("version").asLong());
      return 0;
    }

    private JsonNode state() {
      if (attributes.isEmpty() == (state == null)) {
        throw wrong("give attributes as PATH=VALUE, or --state JSON");
      }
      if (state != null) {
        try {
          return JSON.readTree(state);
        } catch (JsonProcessingException notJson) {
          throw wrong("--state is not JSON: " + notJson.getOriginalMessage());
        }
      }
      ObjectNode section = JsonNodeFactory.instance.objectNode();
      for (String attribute : attributes) {
        int equals = attribute.indexOf('=');
        if (equals < 1) {
          throw wrong("'%s' is no PATH=VALUE".formatted(attribute));
        }
        put(section, attribute.substring(0, equals), value(attribute.substring(equals + 1)));
      }
      return JsonNodeFactory.instance.objectNode().set(reported ? "reported" : "desired", section);
    }

    private void put(ObjectNode section, String path, JsonNode value) {
      String[] keys = path.split("\\.", -1);
      ObjectNode at = section;
      for (int i = 0; i < keys.length - 1; i++) {
        if (at.has(keys[i]) && !at.get(keys[i]).isObject()) {
          throw wrong("'%s' is set twice, once as a value and once as an object".formatted(path));
        }
        at = at.withObjectProperty(keys[i]);
      }
      at.set(keys[keys.length - 1], value);
    }

    private static JsonNode value(String text) {
      try {
        JsonNode value = JSON.readTree(text);
        return value == null || value.isMissingNode() ? TextNode.valueOf(text) : value;
      } catch (JsonProcessingException aText) {
        return TextNode.valueOf(text);
      }
    }

    private CommandLine.ParameterException wrong(String sentence) {
      return new CommandLine.ParameterException(commandLine(), sentence);
    }
  }

  /** Makes an old state the current one. */
  @Command(
      name = "rollback",
      description = "Makes a new version with the state of an old one.",
      mixinStandardHelpOptions = true)
  static final class RollBack extends OfThing {
    @Parameters(index = "1", paramLabel = "VERSION", description = "The old version.")
    private long version;

    @Option(
        names = "--expect",
        paramLabel = "N",
        description = "Only when the current version is N.")
    private @Nullable Long expected;

    @Override
    public Integer call() {
      Map<String, Object> query = new LinkedHashMap<>();
      query.put("rollBackTo", version);
      if (expected != null) {
        query.put("expectedVersion", expected);
      }
      JsonNode answer = ask("POST", query, "");
      if (json) {
        return printed(answer);
      }
      out()
          .printf(
              "version %d has the state of version %d%n", answer.path("version").asLong(), version);
      return 0;
    }
  }

  /** The names of a thing's named shadows. */
  @Command(
      name = "list",
      description = "Lists the named shadows of a thing.",
      mixinStandardHelpOptions = true)
  static final class ListNamed extends OfThing {
    @Override
    public Integer call() {
      ArrayNode names = JsonNodeFactory.instance.arrayNode();
      String path = "/api/things/shadow/ListNamedShadowsForThing/" + AdminClient.escape(thing);
      String token = "";
      do {
        Map<String, String> query = new LinkedHashMap<>(Map.of("pageSize", "100"));
        if (!token.isEmpty()) {
          query.put("nextToken", token);
        }
        JsonNode page = send("GET", path, query, "");
        page.path("results").forEach(names::add);
        token = page.path("nextToken").asText("");
      } while (!token.isEmpty());
      if (json) {
        return printed(names);
      }
      names.forEach(found -> out().println(found.asText()));
      return 0;
    }
  }
}
