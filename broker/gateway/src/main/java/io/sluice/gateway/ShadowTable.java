package io.sluice.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Prints shadows for people: one line for each attribute, columns side by side. */
final class ShadowTable {
  private static final int CELL_MAX = 40;
  private static final String NOTHING = "-";

  private final PrintWriter out;
  private final String title;

  /**
   * @param title names the shadow
   */
  ShadowTable(PrintWriter out, String title) {
    this.out = out;
    this.title = title;
  }

  /** A document as {@code get/accepted} has it. */
  void document(JsonNode document) {
    JsonNode state = document.path("state");
    JsonNode metadata = document.path("metadata");
    long now = document.path("timestamp").asLong();
    Set<String> pointers = new LinkedHashSet<>();
    leaves(state.path("desired"), "", pointers);
    leaves(state.path("reported"), "", pointers);
    // An object on one side may be a value on the other: both lines are shown.
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of("attribute", "desired", "reported", "delta", "desired since", "reported since"));
    int differences = 0;
    for (String pointer : pointers) {
      JsonNode delta = state.path("delta").at(pointer);
      boolean differs = isLeaf(delta);
      differences += differs ? 1 : 0;
      rows.add(
          List.of(
              path(pointer),
              cell(state.path("desired").at(pointer)),
              cell(state.path("reported").at(pointer)),
              differs ? cell(delta) : "",
              age(metadata.path("desired").at(pointer), now),
              age(metadata.path("reported").at(pointer), now)));
    }
    out.printf(
        "%s, version %d: %s%n",
        title,
        document.path("version").asLong(),
        differences == 0
            ? "reported is as desired"
            : differences == 1 ? "1 attribute differs" : differences + " attributes differ");
    if (pointers.isEmpty()) {
      out.println("(empty)");
    } else {
      print(rows);
    }
  }

  /** What {@code diffFrom} answers. */
  void diff(JsonNode diff) {
    out.printf(
        "%s, version %d to %d: %s%n",
        title,
        diff.path("fromVersion").asLong(),
        diff.path("toVersion").asLong(),
        diff.path("changes").isEmpty() ? "no difference" : "");
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("attribute", "before", "after"));
    for (JsonNode change : diff.path("changes")) {
      rows.add(
          List.of(
              path(change.path("path").asText()),
              cell(change.path("before")),
              cell(change.path("after"))));
    }
    if (rows.size() > 1) {
      print(rows);
    }
  }

  /** Changes as {@code history} has them, oldest first; printed newest first. */
  void history(JsonNode changes, long nowMillis) {
    out.println(title);
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("version", "when", "ago", "change", "by", "from", "asked"));
    for (int i = changes.size() - 1; i >= 0; i--) {
      JsonNode change = changes.get(i);
      long at = change.path("changedAtMillis").asLong();
      rows.add(
          List.of(
              change.path("version").asText(),
              Instant.ofEpochMilli(at).truncatedTo(ChronoUnit.SECONDS).toString(),
              ago((nowMillis - at) / 1000),
              change.path("change").asText(),
              who(change),
              change.path("source").asText()
                  + (change.has("sourceIp") ? " " + change.path("sourceIp").asText() : ""),
              cell(change.path("state"))));
    }
    print(rows);
  }

  private static String who(JsonNode change) {
    String client = change.path("clientId").asText("");
    String principal = change.path("principal").asText("");
    if (principal.length() > 16) { // a certificate id has 64 digits
      principal = principal.substring(0, 12) + "…";
    }
    String both =
        client.isEmpty() || principal.isEmpty() ? client + principal : client + " " + principal;
    return both.isEmpty() ? NOTHING : both;
  }

  /** Collects the JSON pointers of what is no object, or an empty one. */
  private static void leaves(JsonNode node, String pointer, Set<String> found) {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      String inner = pointer + "/" + field.getKey().replace("~", "~0").replace("/", "~1");
      if (isLeaf(field.getValue())) {
        found.add(inner);
      } else {
        leaves(field.getValue(), inner, found);
      }
    }
  }

  private static boolean isLeaf(JsonNode node) {
    return !node.isMissingNode() && (!node.isObject() || node.isEmpty());
  }

  /** A pointer as people write it, and as {@code shadow set} reads it: with dots. */
  private static String path(String pointer) {
    return Printable.of(
        pointer.substring(1).replace("/", ".").replace("~1", "/").replace("~0", "~"));
  }

  private static String cell(JsonNode value) {
    String text = value.isMissingNode() ? NOTHING : Printable.of(value.toString());
    return text.length() <= CELL_MAX ? text : text.substring(0, CELL_MAX - 1) + "…";
  }

  /** The age of a leaf's newest time; an array has one for each element. */
  private static String age(JsonNode metadata, long nowSeconds) {
    long newest = newest(metadata);
    return newest == 0 ? NOTHING : ago(nowSeconds - newest);
  }

  private static long newest(JsonNode metadata) {
    long newest = metadata.path("timestamp").asLong();
    if (metadata.isArray()) {
      for (JsonNode element : metadata) {
        newest = Math.max(newest, newest(element));
      }
    }
    return newest;
  }

  /** Seconds as people say them. */
  static String ago(long seconds) {
    if (seconds < 1) {
      return "now";
    }
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 2 * 3600) {
      return seconds / 60 + " min";
    }
    return seconds < 2 * 86_400 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
  }

  private void print(List<List<String>> rows) {
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int c = 0; c < columns; c++) {
        widths[c] = Math.max(widths[c], row.get(c).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder("  ");
      for (int c = 0; c < columns; c++) {
        line.append(row.get(c)).append(" ".repeat(widths[c] - row.get(c).length() + 2));
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
