package io.sluice.engine;

import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What waits for one action of one rule, in the order it came.
 *
 * <p>Confined to the owner of its partition, but for what the views read. In memory are only the
 * heads of the first rows; bodies are read when they are sent, so a dead destination costs disk and
 * no memory. Of messages with the same order at most one is on its way, and one that waits for
 * another try holds back those behind it with its order, and no others.
 *
 * <p>The circuit: after {@value #FAILURES_MAX} failures in a row the destination is taken for dead.
 * Then one message is tried each {@value #CIRCUIT_MILLIS} ms, the others wait and count no try;
 * when one gets through, all go at once.
 */
final class OutboxLane {
  private static final int WINDOW_MAX = 512;
  private static final int PAGE_BYTES_MAX = 4 << 20;
  static final int FAILURES_MAX = 5;
  static final long CIRCUIT_MILLIS = 30_000;
  private static final long SOON_MILLIS = 50;
  private static final int EXPIRED_PER_MOVE_MAX = 64;
  private static final int ERROR_CHARACTERS_MAX = 300;

  /** The head of a row. Owner thread; a worker reads what is final. */
  static final class Entry {
    private final long sequence;
    private final long order;
    private final long group;
    private final long firstMillis;
    private final int bytes;
    private long dueMillis;
    private boolean onItsWay;

    Entry(long sequence, OutboxRow.Head head, int bytes) {
      this.sequence = sequence;
      this.order = head.order();
      this.group = head.group();
      this.firstMillis = head.firstMillis();
      this.dueMillis = head.dueMillis();
      this.bytes = bytes;
    }

    long sequence() {
      return sequence;
    }

    long firstMillis() {
      return firstMillis;
    }

    int bytes() {
      return bytes;
    }
  }

  private final Outbox outbox;
  private final int partition;
  private final String rule;
  private final String action;
  private final byte[] prefix;
  private final Map<Long, Entry> window = new LinkedHashMap<>(); // in the order of the sequence
  private final Map<Long, Integer> settling = new HashMap<>(); // by order: see settle
  private long next; // the sequence of the next row
  private long loadedUpTo; // rows from here on are on disk alone
  private int callsNow;
  private int failuresInRow;
  private long circuitUntilMillis; // 0: closed

  private volatile long durableUpTo; // rows before are on disk
  private volatile long messages;
  private volatile long bytes;
  private volatile long oldestMillis;
  private volatile long wakeAtMillis = Long.MAX_VALUE;
  private volatile boolean refusing;
  private volatile boolean circuitOpen;
  private volatile int calls;
  private volatile String lastError = "";
  private volatile long lastErrorMillis;
  private final AtomicBoolean woken = new AtomicBoolean();

  OutboxLane(Outbox outbox, int partition, String rule, String action) {
    this.outbox = outbox;
    this.partition = partition;
    this.rule = rule;
    this.action = action;
    this.prefix = Keys.of().text(rule).text(action).bytes();
  }

  int partition() {
    return partition;
  }

  String rule() {
    return rule;
  }

  String action() {
    return action;
  }

  boolean isOfErrorAction() {
    return action.startsWith(ActiveRule.ERROR + "/");
  }

  long messages() {
    return messages;
  }

  long bytes() {
    return bytes;
  }

  boolean isRefusing() {
    return refusing;
  }

  byte[] key(long sequence) {
    return Keys.of().raw(prefix).number(sequence).bytes();
  }

  /** With the partition that the store puts in front. */
  byte[] fullKey(long sequence) {
    return Keys.of()
        .raw(new byte[] {(byte) (partition >>> 8), (byte) partition})
        .raw(prefix)
        .number(sequence)
        .bytes();
  }

  static long sequence(byte[] key) {
    return Keys.numberAt(key, key.length - Long.BYTES);
  }

  // ---- in

  void put(Turn turn, OutboxRow row, byte[] encoded) {
    long sequence = next++;
    turn.put(Outbox.TABLE, key(sequence), encoded);
    count(1, encoded.length);
    if (loadedUpTo == sequence && window.size() < WINDOW_MAX) {
      window.put(sequence, new Entry(sequence, OutboxRow.head(encoded), encoded.length));
      loadedUpTo = next;
    }
    if (oldestMillis == 0) {
      oldestMillis = turn.now();
    }
    turn.afterDurable(() -> durable(sequence + 1));
  }

  /** A row of an earlier life; in their order. */
  void loaded(long sequence, OutboxRow.Head head, int length) {
    count(1, length);
    if (window.isEmpty() && messages == 1) {
      loadedUpTo = sequence; // what was before is gone: never look there again
      oldestMillis = head.firstMillis();
    }
    if (window.size() < WINDOW_MAX) {
      window.put(sequence, new Entry(sequence, head, length));
      loadedUpTo = sequence + 1;
    }
    next = sequence + 1;
    durableUpTo = next;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // written by the owner alone
  private void count(int moreMessages, long moreBytes) {
    messages += moreMessages;
    bytes += moreBytes;
  }

  /** On the store's thread, in the order of the writes. */
  private void durable(long upTo) {
    durableUpTo = upTo;
    wake();
  }

  void checkRefusing(boolean now) {
    if (now != refusing) {
      refusing = now;
      outbox.refusingChanged(now ? 1 : -1);
    }
  }

  // ---- moving

  /** Any thread. */
  void wake() {
    if (woken.compareAndSet(false, true)) {
      try {
        outbox.partitions.owner(partition).execute(this::move);
      } catch (RejectedExecutionException stopping) {
        // What waits is on disk.
      }
    }
  }

  /** Any thread, often. */
  void tick(long now) {
    if (wakeAtMillis <= now) {
      wakeAtMillis = Long.MAX_VALUE;
      wake();
    }
  }

  /** Begins what may begin. */
  void move() {
    woken.set(false);
    if (!outbox.open) {
      return;
    }
    long now = outbox.partitions.clock().millis();
    OutboxLimits limits = outbox.limits(this);
    expire(now, limits);
    while (true) {
      refill();
      if (now < circuitUntilMillis) {
        wakeAt(circuitUntilMillis);
        return;
      }
      boolean probing = circuitUntilMillis != 0;
      if (callsNow >= (probing ? 1 : limits.callsMax())) {
        return; // the end of a call comes back here
      }
      if (callsNow > 0 && outbox.isBusy()) {
        wakeAt(now + SOON_MILLIS);
        return;
      }
      List<Entry> call = nextCall(now, probing, limits.batching());
      if (call.isEmpty()) {
        return;
      }
      call.forEach(entry -> entry.onItsWay = true);
      callsNow++;
      calls = callsNow;
      if (!outbox.call(this, call)) {
        call.forEach(entry -> entry.onItsWay = false);
        callsNow--;
        calls = callsNow;
        wakeAt(now + SOON_MILLIS);
        return;
      }
    }
  }

  private void wakeAt(long millis) {
    wakeAtMillis = Math.min(wakeAtMillis, millis);
  }

  /** The messages of the next call, in order; empty when none may go now. */
  private List<Entry> nextCall(long now, boolean probing, Carrier.Batching batching) {
    List<Entry> call = new ArrayList<>();
    Set<Long> heldBack = new HashSet<>(settling.keySet());
    long callBytes = 0;
    for (Entry entry : window.values()) {
      if (entry.sequence >= durableUpTo) {
        break;
      }
      boolean waits = !probing && entry.dueMillis > now;
      if (entry.onItsWay || waits || heldBack.contains(entry.order)) {
        heldBack.add(entry.order);
        if (waits) {
          wakeAt(entry.dueMillis);
        }
        continue;
      }
      if (call.isEmpty()) {
        call.add(entry);
        callBytes = entry.bytes;
        holdBack(heldBack, entry, batching);
        if (probing || entry.group == 0 || batching.messagesMax() <= 1) {
          return call;
        }
        continue;
      }
      if (entry.group != call.get(0).group) {
        heldBack.add(entry.order);
        continue;
      }
      if (callBytes + entry.bytes > batching.bytesMax()) {
        return call;
      }
      call.add(entry);
      callBytes += entry.bytes;
      holdBack(heldBack, entry, batching);
      if (call.size() >= batching.messagesMax()) {
        return call;
      }
    }
    if (!call.isEmpty() && batching.openMillis() > 0) {
      long closes = call.get(0).firstMillis + batching.openMillis();
      if (closes > now && call.get(0).dueMillis == 0) {
        wakeAt(closes); // company may come
        return List.of();
      }
    }
    return call;
  }

  private static void holdBack(Set<Long> heldBack, Entry entry, Carrier.Batching batching) {
    if (!batching.isWhole()) {
      heldBack.add(entry.order);
    }
  }

  /** What is too old ends without a try: a destination that is dead for a day must not keep all. */
  private void expire(long now, OutboxLimits limits) {
    if (oldestMillis == 0 || now - oldestMillis < limits.ageMillisMax()) {
      return;
    }
    List<Entry> expired = new ArrayList<>();
    for (Entry entry : window.values()) {
      if (now - entry.firstMillis < limits.ageMillisMax()
          || entry.sequence >= durableUpTo
          || expired.size() >= EXPIRED_PER_MOVE_MAX) {
        break;
      }
      if (!entry.onItsWay && circuitUntilMillis != 0) {
        entry.onItsWay = true;
        expired.add(entry);
      }
    }
    if (!expired.isEmpty()) {
      callsNow++;
      Carrier.Outcome refused =
          new Carrier.Outcome.Refused(
              "given up, for it waited %d s: %s"
                  .formatted(limits.ageMillisMax() / 1000, lastError));
      outbox.partitions.apply(
          partition,
          new Outbox.Ended(this, expired, expired.stream().map(entry -> refused).toList(), false));
    }
  }

  private void refill() {
    if (loadedUpTo >= next || window.size() > WINDOW_MAX / 2) {
      return;
    }
    long average = Math.max(1, bytes / Math.max(1, messages));
    int rows = (int) Math.max(1, Math.min(WINDOW_MAX / 2, PAGE_BYTES_MAX / average));
    List<Row> page =
        outbox.partitions.store().range(Outbox.TABLE, fullKey(loadedUpTo), fullKey(next), rows);
    for (Row row : page) {
      long sequence = sequence(row.key());
      window.put(sequence, new Entry(sequence, OutboxRow.head(row.value()), row.value().length));
      loadedUpTo = sequence + 1;
    }
    if (page.size() < rows) {
      loadedUpTo = next;
    }
    oldestMillis = oldestInWindow();
  }

  // ---- the end of a call; within the turn that writes it down

  /** The row is gone. */
  void gone(Entry entry) {
    window.remove(entry.sequence);
    count(-1, -entry.bytes);
    oldestMillis = oldestInWindow();
  }

  private long oldestInWindow() {
    return window.isEmpty() ? 0 : window.values().iterator().next().firstMillis;
  }

  /**
   * A message has failed for good. Those behind it in its order wait until that is on disk: a crash
   * that forgot it would try the message again, after them.
   */
  void settle(Turn turn, Entry entry) {
    settling.merge(entry.order, 1, Integer::sum);
    turn.afterDurable(
        () -> {
          try {
            outbox.partitions.owner(partition).execute(() -> settled(entry.order));
          } catch (RejectedExecutionException stopping) {
            // The next start reads what is on disk.
          }
        });
  }

  private void settled(long order) {
    settling.computeIfPresent(order, (key, count) -> count == 1 ? null : count - 1);
    move();
  }

  void again(Entry entry, long dueMillis) {
    entry.onItsWay = false;
    entry.dueMillis = dueMillis;
  }

  void callEnded() {
    callsNow--;
    calls = callsNow;
  }

  /** The destination took nothing of a call. */
  void failed(long now) {
    failuresInRow++;
    if (failuresInRow >= FAILURES_MAX) {
      circuitUntilMillis = now + CIRCUIT_MILLIS;
      circuitOpen = true;
    }
  }

  /** The destination answered. */
  void answered() {
    failuresInRow = 0;
    if (circuitUntilMillis != 0) {
      circuitUntilMillis = 0;
      circuitOpen = false;
      window.values().forEach(entry -> entry.dueMillis = 0); // they waited for the destination
    }
  }

  void noteError(String reason, long now) {
    lastError =
        reason.length() <= ERROR_CHARACTERS_MAX
            ? reason
            : reason.substring(0, ERROR_CHARACTERS_MAX - 3) + "...";
    lastErrorMillis = now;
  }

  /** Our mistake kept an answer from being written down: the rows are tried again. Any thread. */
  void putBack(List<Entry> entries) {
    outbox
        .partitions
        .owner(partition)
        .execute(
            () -> {
              long due = outbox.partitions.clock().millis() + CIRCUIT_MILLIS;
              entries.forEach(entry -> again(entry, due));
              callEnded();
              wakeAt(due);
            });
  }

  OutboxLaneView view() {
    return new OutboxLaneView(
        rule,
        action,
        messages,
        bytes,
        oldestMillis,
        calls,
        circuitOpen,
        lastError,
        lastErrorMillis);
  }
}
