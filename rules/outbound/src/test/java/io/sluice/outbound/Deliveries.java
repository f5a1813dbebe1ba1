package io.sluice.outbound;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.engine.Carrier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/** What the outbox would hand to a client. */
final class Deliveries {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Deliveries() {}

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException wrong) {
      throw new AssertionError(wrong);
    }
  }

  static Carrier.Delivery of(String kind, JsonNode fields, String body) {
    return new Carrier.Delivery(
        UUID.nameUUIDFromBytes(body.getBytes(UTF_8)),
        "rule",
        kind,
        fields,
        Carrier.Output.JSON,
        body.getBytes(UTF_8),
        new Carrier.Context("a/b", 1_700_000_000_000L, "trace"));
  }

  static CredentialsFile credentials(Path folder, String yaml) {
    try {
      Path file = folder.resolve("credentials.yaml");
      Files.deleteIfExists(file);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, yaml);
      return CredentialsFile.read(file);
    } catch (IOException wrong) {
      throw new AssertionError(wrong);
    }
  }
}
