package io.sluice.outbound;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Credentials by their names, so that no rule holds any: a YAML file that only its owner may read,
 * {@code docs/guides/rule-actions.md} shows it. Read once, at start. Any thread.
 */
public final class CredentialsFile {
  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();
  private static final String DEFAULT = "default";

  /** Has none. */
  public static final CredentialsFile NONE = new CredentialsFile(Map.of());

  private final Map<String, Map<String, String>> byName;

  private CredentialsFile(Map<String, Map<String, String>> byName) {
    this.byName = byName;
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException when it cannot be used; the sentence says why
   */
  public static CredentialsFile read(Path file) {
    try {
      Set<PosixFilePermission> open = Files.getPosixFilePermissions(file);
      if (open.contains(PosixFilePermission.GROUP_READ)
          || open.contains(PosixFilePermission.OTHERS_READ)) {
        throw new IllegalArgumentException(
            "credentials file '%s' can be read by others; chmod 600 it".formatted(file));
      }
    } catch (UnsupportedOperationException | IOException elsewhere) {
      // no such permissions here, or no such file: reading it says so
    }
    JsonNode root;
    try {
      root = YAML.readTree(Files.readAllBytes(file));
    } catch (IOException unreadable) { // its message may quote the file: it is not shown
      throw new IllegalArgumentException(
          "credentials file '%s' cannot be read as YAML (%s)"
              .formatted(file, unreadable.getClass().getSimpleName()));
    }
    Map<String, Map<String, String>> byName = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      Map<String, String> fields = new HashMap<>();
      if (!entry.getValue().isObject()) {
        throw new IllegalArgumentException(
            "credentials file '%s': '%s' must have fields such as accessKeyId and secretAccessKey"
                .formatted(file, entry.getKey()));
      }
      entry
          .getValue()
          .properties()
          .forEach(field -> fields.put(field.getKey(), field.getValue().asText()));
      byName.put(entry.getKey(), Map.copyOf(fields));
    }
    return new CredentialsFile(byName);
  }

  /**
   * The credentials an action uses: those it names, else those of its {@code roleArn}, else those
   * named {@code default}.
   */
  Optional<Map<String, String>> of(JsonNode fields) {
    if (fields.hasNonNull("credentials")) {
      return Optional.ofNullable(byName.get(fields.path("credentials").asText()));
    }
    Map<String, String> ofRole = byName.get(fields.path("roleArn").asText());
    return Optional.ofNullable(ofRole != null ? ofRole : byName.get(DEFAULT));
  }

  /** Why an action's credentials cannot be used; empty when they can, or it names none. */
  String check(JsonNode fields) {
    return fields.hasNonNull("credentials") && of(fields).isEmpty()
        ? "no credentials '%s' are in the credentials file"
            .formatted(fields.path("credentials").asText())
        : "";
  }
}
