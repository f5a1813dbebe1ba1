package io.sluice.certs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code certs devices}. */
@Command(
    name = "devices",
    description = "Issues the certificates of many devices; run it again to go on after a stop.",
    mixinStandardHelpOptions = true)
final class DevicesCommand extends CertsAction {
  @Mixin private final IssueOptions issue = new IssueOptions();
  @Mixin private final KeyOption key = new KeyOption();
  @Mixin private final RevocationUrls revocation = new RevocationUrls();
  @Mixin private final DeviceOptions device = new DeviceOptions();
  @Mixin private final Pkcs12Option pkcs12 = new Pkcs12Option();

  @Option(
      names = "--count",
      paramLabel = "N",
      required = true,
      converter = CountConverter.class,
      description = "How many.")
  private int count;

  @Option(
      names = "--names",
      paramLabel = "FORMAT",
      defaultValue = "device-%05d",
      description = "Their names, counted from 1 (default: device-%%05d).")
  private String names = "device-%05d";

  @Option(
      names = "--archive",
      paramLabel = "FILE",
      description =
          "One file instead of a folder: zip where its name ends so, else tar. Until it is whole it is FILE.part, and the same command goes on with it.")
  private @Nullable Path archive;

  @Option(
      names = "--manifest",
      paramLabel = "FILE",
      description =
          "Also a file that names all: one JSON object a line with ThingName, CertificateId and CertificatePem, as a bulk registration reads it.")
  private @Nullable Path manifest;

  @Override
  Answer run() {
    Path place = archive == null ? device.folder(issue).path() : archive;
    CertificateAuthority authority = issue.authority();
    BulkIssue bulk =
        new BulkIssue(
            authority,
            names,
            count,
            device.subject(),
            device.alternativeNames(),
            key.kind(),
            issue.lifeOr(CertificateProfile.DEVICE_LIFE),
            revocation::completed);
    char[] password = pkcs12.password();
    if (manifest != null) {
      Manifest.begin(manifest);
    }
    ProgressLine line = new ProgressLine(err(), !isJson() && Terminal.isPresent());
    long start = System.nanoTime();
    BulkIssue.Progress done;
    try (BulkIssue.Target target =
        archive == null
            ? new FolderTarget(place, authority, password)
            : new ArchiveTarget(archive, authority, password)) {
      done = bulk.run(target, line::show);
      if (manifest != null) {
        Manifest.write(manifest, bulk, target);
      }
    } finally {
      line.end();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    long perSecond = Math.round(done.issued() / Math.max(seconds, 1e-3));
    ObjectNode json = object();
    json.put("issued", done.issued()).put("kept", done.kept()).put("perSecond", perSecond);
    json.put(archive == null ? "folder" : "archive", place.toString());
    if (manifest != null) {
      json.put("manifest", manifest.toString());
    }
    String text =
        "issued %,d in %.1f s (%,d/s), kept %,d that were complete: %s"
            .formatted(done.issued(), seconds, perSecond, done.kept(), place);
    return new Answer(text, json);
  }

  static final class CountConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      try {
        int count = Integer.parseInt(value);
        if (count >= 1 && count <= BulkIssue.COUNT_MAX) {
          return count;
        }
      } catch (NumberFormatException notOne) {
        // answered below
      }
      throw new TypeConversionException(
          "'%s' is no number between 1 and %,d".formatted(value, BulkIssue.COUNT_MAX));
    }
  }

  /** One line that is written over; shown a few times a second. Any thread. */
  private static final class ProgressLine {
    private static final long PERIOD_NANOS = Duration.ofMillis(200).toNanos();

    private final java.io.PrintWriter terminal;
    private final boolean shown;
    private final long start = System.nanoTime();
    private long last = start;

    ProgressLine(java.io.PrintWriter terminal, boolean shown) {
      this.terminal = terminal;
      this.shown = shown;
    }

    synchronized void show(BulkIssue.Progress progress) {
      long now = System.nanoTime();
      if (!shown || now - last < PERIOD_NANOS) {
        return;
      }
      last = now;
      double perSecond = progress.issued() / ((now - start) / 1e9);
      long left = Math.round((progress.count() - progress.done()) / Math.max(perSecond, 1e-3));
      terminal.printf(
          "\r%,d of %,d  %,.0f/s  about %,d s left \u001b[K",
          progress.done(), progress.count(), perSecond, left);
      terminal.flush();
    }

    synchronized void end() {
      if (shown) {
        terminal.print("\r\u001b[K");
        terminal.flush();
      }
    }
  }
}
