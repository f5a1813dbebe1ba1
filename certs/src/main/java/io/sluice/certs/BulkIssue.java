package io.sluice.certs;

import java.io.IOException;
import java.util.IllegalFormatException;
import java.util.IllegalFormatWidthException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Issues many device identities, on all processors. It may be stopped and started again at any
 * time: complete identities stay.
 *
 * @param names a format with one number in it, such as {@code device-%05d}; counted from 1
 * @param subject with the gaps {@code {name}} and {@code {index}}, as the alternative names
 * @param life how long each is good
 * @param completed what all of them say besides
 */
public record BulkIssue(
    CertificateAuthority authority,
    String names,
    int count,
    SubjectTemplate subject,
    List<AlternativeNameTemplate> alternativeNames,
    KeyKind kind,
    java.time.Duration life,
    UnaryOperator<CertificateProfile> completed) {
  /** More would not fit one folder well. */
  public static final int COUNT_MAX = 1_000_000;

  private static final int FILE_NAME_MAX = 128;
  private static final Pattern TOO_WIDE = Pattern.compile("%[^a-zA-Z%]*[0-9]{4}");

  public BulkIssue {
    alternativeNames = List.copyOf(alternativeNames);
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

  /** Where identities go: a folder, or an archive. Safe for any thread. */
  interface Target extends AutoCloseable {
    /** Whether it has a complete identity of this name, of this authority. */
    boolean has(String name, CertificateAuthority authority);

    /** Makes an identity, or completes what is there of it, and keeps it. */
    void issue(
        String name, CertificateAuthority authority, CertificateProfile profile, KeyKind kind);

    /** Makes what is there last, when all has gone well. */
    void complete();

    /** Hands out the certificates in PEM, by name, each once; after {@link #complete}. */
    void forEach(List<String> names, BiConsumer<String, String> certificates) throws IOException;

    @Override
    void close();
  }

  private static String name(String names, int index) {
    try {
      if (TOO_WIDE.matcher(names).find()) { // before it fills the memory
        throw new IllegalFormatWidthException(FILE_NAME_MAX);
      }
      return IdentityFolder.checkName(names.formatted(index));
    } catch (IllegalFormatException e) {
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
   * Issues what is missing in a folder; blocks until done.
   *
   * @see #run(Target, Consumer)
   */
  public Progress run(java.nio.file.Path folder, Consumer<Progress> progress) {
    try (Target target = new FolderTarget(folder, authority, null)) {
      return run(target, progress);
    }
  }

  /**
   * Issues what is missing; blocks until done.
   *
   * @param progress called after each identity, from several threads
   * @throws CertsRefused on the first identity that fails; those before it stay
   */
  Progress run(Target target, Consumer<Progress> progress) {
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
    target.complete();
    return new Progress(issued.get(), kept.get(), count);
  }

  /** Whether something had to be made. */
  private boolean issueOne(Target target, int index) {
    String name = name(names, index);
    if (target.has(name, authority)) {
      return false;
    }
    Map<String, String> gaps = Map.of("name", name, "index", Integer.toString(index));
    CertificateProfile profile =
        CertificateProfile.device(subject.fill(gaps))
            .withAlternativeNames(alternativeNames.stream().map(t -> t.fill(gaps)).toList())
            .withLife(life);
    target.issue(name, authority, completed.apply(profile), kind);
    return true;
  }
}
