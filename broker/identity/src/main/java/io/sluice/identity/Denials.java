package io.sluice.identity;

import io.sluice.store.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The last denials, kept so that somebody can ask why. Deliveries have a place of their own: one
 * subscriber without {@code iot:Receive} must not push out everything else. Any thread, no lock;
 * nothing is explained before somebody asks.
 */
public final class Denials {
  private static final int KEPT = 512; // a power of two, for each of the two places

  /**
   * One denial, explained as its policies were then.
   *
   * @param certificateId null when no registered certificate was shown
   * @param action null when it was refused before any action: an inactive certificate
   * @param resource empty without action
   * @param sentence what decided
   * @param hints what would have to change
   */
  public record Denial(
      long atMillis,
      @Nullable String clientId,
      @Nullable String certificateId,
      @Nullable String thingName,
      @Nullable String sourceIp,
      @Nullable Action action,
      String resource,
      String sentence,
      List<String> hints) {
    public Denial {
      hints = List.copyOf(hints);
    }
  }

  /** What is needed to explain it later. */
  private record Entry(
      long number,
      long atMillis,
      ConnectionContext context,
      @Nullable String certificateId,
      @Nullable String thingName,
      @Nullable CompiledPolicies policies,
      @Nullable Action action,
      String name,
      String sentence) {

    Denial explained() {
      if (policies == null || action == null) {
        return new Denial(
            atMillis,
            context.clientId(),
            certificateId,
            thingName,
            context.sourceIp(),
            action,
            name,
            sentence,
            List.of());
      }
      Explanation why = Explanation.of(policies, action, name);
      return new Denial(
          atMillis,
          context.clientId(),
          certificateId,
          thingName,
          context.sourceIp(),
          action,
          why.resource(),
          why.sentence(),
          why.hints());
    }
  }

  private final Clock clock;
  private final AtomicLong count = new AtomicLong();
  private final AtomicLong deliveries = new AtomicLong();
  private final AtomicReferenceArray<@Nullable Entry> kept = new AtomicReferenceArray<>(KEPT);
  private final AtomicReferenceArray<@Nullable Entry> keptDeliveries =
      new AtomicReferenceArray<>(KEPT);

  Denials(Clock clock) {
    this.clock = clock;
  }

  void add(
      ConnectionContext context,
      @Nullable String certificateId,
      @Nullable String thingName,
      CompiledPolicies policies,
      Action action,
      String name) {
    boolean delivery = action == Action.RECEIVE;
    long number = (delivery ? deliveries : count).getAndIncrement();
    Entry entry =
        new Entry(
            number, clock.millis(), context, certificateId, thingName, policies, action, name, "");
    (delivery ? keptDeliveries : kept).set((int) (number & (KEPT - 1)), entry);
  }

  /** One that was refused before its policies were asked, or where connecting was all it asked. */
  void addRefused(ConnectionContext context, @Nullable String certificateId, String sentence) {
    long number = count.getAndIncrement();
    kept.set(
        (int) (number & (KEPT - 1)),
        new Entry(number, clock.millis(), context, certificateId, null, null, null, "", sentence));
  }

  /** How many there have been since the start, those that are no longer kept among them. */
  public long count() {
    return count.get() + deliveries.get();
  }

  /**
   * The last ones, newest first; slow.
   *
   * @param clientId of this client alone; null for all
   */
  public List<Denial> last(@Nullable String clientId, int max) {
    List<Entry> entries = new ArrayList<>();
    for (AtomicReferenceArray<@Nullable Entry> place : List.of(kept, keptDeliveries)) {
      for (int i = 0; i < KEPT; i++) {
        Entry entry = place.get(i);
        if (entry != null && (clientId == null || clientId.equals(entry.context.clientId()))) {
          entries.add(entry);
        }
      }
    }
    entries.sort(
        Comparator.comparingLong(Entry::atMillis).thenComparingLong(Entry::number).reversed());
    return entries.stream().limit(max).map(Entry::explained).toList();
  }
}
