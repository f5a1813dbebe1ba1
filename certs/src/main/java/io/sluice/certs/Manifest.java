package io.sluice.certs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Which identities were issued, one JSON object a line with the parameters of a bulk registration
 * ({@code StartThingRegistrationTask}): {@code ThingName}, {@code CertificateId}, {@code
 * CertificatePem}. No keys are in it. Written when all are there, from what lies there, so that it
 * names each once however often the run was stopped.
 */
final class Manifest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Manifest() {}

  private static Path partial(Path file) {
    return file.resolveSibling("." + file.getFileName() + ".part");
  }

  /**
   * Makes sure that it can be written, before hours of issuing.
   *
   * @throws CertsRefused {@code FILE_SYSTEM}
   */
  static void begin(Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw new IOException("it is a folder");
      }
      Files.deleteIfExists(partial(file));
      NewFile.openOrCreate(partial(file), NewFile.Readers.EVERYONE).close();
    } catch (IOException e) {
      throw NewFile.unwritable(file, e);
    }
  }

  static void write(Path file, BulkIssue bulk, BulkIssue.Target target) {
    Path partial = partial(file);
    begin(file);
    try {
      try (BufferedWriter out = Files.newBufferedWriter(partial, StandardCharsets.UTF_8)) {
        target.forEach(bulk.allNames(), (name, pem) -> line(out, name, pem));
      }
      NewFile.force(partial);
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (UncheckedIOException e) {
      throw NewFile.unwritable(file, new IOException(e));
    } catch (IOException e) {
      throw NewFile.unwritable(file, e);
    }
  }

  private static void line(BufferedWriter out, String name, String pem) {
    ObjectNode line = JSON.createObjectNode();
    line.put("ThingName", name);
    line.put("CertificateId", Fingerprint.certificateId(PemFiles.certificates(pem).get(0)));
    line.put("CertificatePem", pem); // the intermediates, too: they lead to the authority
    try {
      out.write(line.toString());
      out.write('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
