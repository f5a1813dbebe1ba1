package io.sluice.certs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Issues many device identities into a folder, on all processors. It may be stopped and started
 * again at any time: complete identities stay, a key whose certificate is missing gets one.
 *
 * @param names a format with one number in it, such as {@code device-%05d}; counted from 1
 * @param subject with the gaps {@code {name}} and {@code {index}}
 */
public record BulkIssue(
    CertificateAuthority authority,
    Path folder,
    String names,
    int count,
    SubjectTemplate subject,
    KeyKind kind,
    Duration life) {
  /** More would not fit one folder well. */
  public static final int COUNT_MAX = 1_000_000;

  public BulkIssue {
    if (count < 1 || count > COUNT_MAX) {
      throw new IllegalArgumentException(
          "count %d is not between 1 and %d".formatted(count, COUNT_MAX));
    }
    String first = name(names, 1);
    if (first.equals(name(names, 2))) {
      throw new CertsRefused(
          CertsRefused.Reason.INVALID_NAME,
          "names '%s' gives every device the name '%s'; put the number in it, as in device-%%05d"
              .formatted(names, first));
    }
  }

  /**
   * How far it is.
   *
   * @param issued made by this run
   * @param kept complete already when this run came to them
   */
  public record Progress(int issued, int kept, int count) {
    public int done() {
      return issued + kept;
    }
  }

  private static String name(String names, int index) {
    try {
      return IdentityFolder.checkName(names.formatted(index));
    } catch (java.util.IllegalFormatException e) {
      throw new CertsRefused(
          CertsRefused.Reason.INVALID_NAME,
          "names '%s' is no format with one number in it; write it as device-%%05d"
              .formatted(names));
    }
  }

  /** The names of all identities, in order. */
  public List<String> allNames() {
    return IntStream.rangeClosed(1, count).mapToObj(i -> name(names, i)).toList();
  }

  /**
   * Issues what is missing; blocks until done.
   *
   * @param progress called after each identity, from several threads
   * @throws CertsRefused on the first identity that fails; those before it stay
   */
  public Progress run(Consumer<Progress> progress) {
    IdentityFolder target = IdentityFolder.at(folder);
    target.writeAuthority(authority.certificate());
    int threads = Math.min(count, Runtime.getRuntime().availableProcessors());
    AtomicInteger next = new AtomicInteger(1);
    AtomicInteger issued = new AtomicInteger();
    AtomicInteger kept = new AtomicInteger();
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> running =
          IntStream.range(0, threads)
              .<Future<?>>mapToObj(
                  t ->
                      workers.submit(
                          () -> {
                            for (int i = next.getAndIncrement();
                                i <= count && !Thread.currentThread().isInterrupted();
                                i = next.getAndIncrement()) {
                              (issueOne(target, i) ? issued : kept).incrementAndGet();
                              progress.accept(new Progress(issued.get(), kept.get(), count));
                            }
                          }))
              .toList();
      for (Future<?> worker : running) {
        worker.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof CertsRefused refused) {
        throw refused;
      }
      throw new IllegalStateException("bulk issue failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CertsRefused(
          CertsRefused.Reason.FILE_SYSTEM,
          "interrupted after %d of %d; run the same again to go on"
              .formatted(issued.get() + kept.get(), count),
          e);
    } finally {
      workers.shutdownNow();
    }
    return new Progress(issued.get(), kept.get(), count);
  }

  /** Whether something had to be made. */
  private boolean issueOne(IdentityFolder target, int index) {
    String name = name(names, index);
    if (target.isComplete(name)) {
      checkOurs(target.certificateFile(name));
      return false;
    }
    CertificateProfile profile =
        CertificateProfile.device(
                subject.fill(Map.of("name", name, "index", Integer.toString(index))))
            .withLife(life);
    if (Files.exists(target.keyFile(name))) {
      PrivateKey key = PemFiles.readPrivateKey(target.keyFile(name));
      PublicKey publicKey = PublicKeys.of(key, target.keyFile(name));
      X509Certificate certificate = authority.certify(profile, publicKey);
      PemFiles.writeCertificates(target.certificateFile(name), authority.chainOf(certificate));
    } else {
      target.write(name, authority.issue(profile, kind));
    }
    return true;
  }

  private void checkOurs(Path file) {
    if (!authority.claimsToIssue(PemFiles.readCertificate(file))) {
      throw new CertsRefused(
          CertsRefused.Reason.MISMATCH,
          "%s was issued by another authority; choose another folder or other names"
              .formatted(file));
    }
  }
}
