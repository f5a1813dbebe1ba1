package io.sluice.shadow;

import io.sluice.message.Origin;
import io.sluice.shadow.ShadowChange.Author;
import io.sluice.shadow.ShadowChange.Kind;
import io.sluice.shadow.ShadowChange.Snapshot;
import io.sluice.shadow.StoredShadow.Past;
import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The past of shadows: one row for each change, holding what was asked, and now and then the whole
 * version, so that any version is built from the one kept whole before it and at most {@link
 * #WHOLE_EVERY} changes. What goes, goes from the oldest whole version to the next, so that what
 * stays can always be built.
 *
 * <p>Keeps nothing in memory; runs on the owner of the shadow's partition. Methods that decide only
 * read the turn, and hand back what to write.
 */
final class ShadowHistory {
  static final Table TABLE = new Table("shadow-history");
  static final String TIMER = "shadow-history";
  static final int WHOLE_EVERY = 16;

  /** Each version has its change, and at most one delete. */
  private static final int ROWS_PER_GROUP_MAX = 2 * WHOLE_EVERY;

  private static final int GROUPS_PER_TIMER_MAX = 8;

  /** Lets go of what {@link #TIMER} does not: a past that nobody may read any more. */
  static final String FORGET_TIMER = "shadow-forget";

  /** What one turn reads of the past, rows and bytes: a row may hold a whole request. */
  private static final int ROWS_PER_READ = 8;

  private static final int ROWS_PER_SLICE_MAX = 512;
  private static final int BYTES_PER_SLICE_MAX = 1 << 20;

  private final int versions;
  private final long ageMillis;

  ShadowHistory(ShadowSettings settings) {
    this.versions = settings.historyVersions();
    this.ageMillis = settings.historyAge().toMillis();
  }

  /** What remembering takes: the shadow's new past, and the writes. */
  record Remembered(Past past, Consumer<Turn> effects) {}

  /**
   * One whole version and the changes up to the next; {@code next} is null for the newest group.
   */
  private record Group(List<byte[]> keys, @Nullable ShadowChange next) {}

  boolean isKept() {
    return versions > 0;
  }

  /** Remembers the change that made a version. */
  Remembered remember(
      Turn turn,
      ShadowAddress address,
      StoredShadow before,
      StoredShadow after,
      Kind kind,
      Origin origin,
      byte[] patchJson) {
    Past past = before.past();
    if (!isKept()) {
      return new Remembered(
          Past.NONE,
          past.firstVersion() == 0 ? t -> {} : forget(address, past, before.document().version()));
    }
    long version = after.document().version();
    boolean whole =
        before.deleted()
            || past.firstVersion() == 0
            || version - past.snapshotVersion() >= WHOLE_EVERY;
    ShadowChange change =
        new ShadowChange(
            version,
            kind,
            after.changedAtMillis(),
            whole ? version : past.snapshotVersion(),
            Author.of(origin),
            patchJson,
            whole
                ? new Snapshot(after.stateJson(), ShadowJson.write(after.document().metadata()))
                : null);
    long first = past.firstVersion() == 0 ? version : past.firstVersion();
    List<byte[]> gone = List.of();
    if (version - first + 1 >= versions + WHOLE_EVERY) {
      Group oldest = oldest(turn, address, first);
      if (oldest.next != null) {
        gone = oldest.keys;
        first = oldest.next.version();
      }
    }
    boolean age = whole && first != version && past.timerMillis() == 0;
    long timer = age ? after.changedAtMillis() + ageMillis : past.timerMillis();
    List<byte[]> trimmed = gone;
    return new Remembered(
        new Past(first, whole ? version : past.snapshotVersion(), timer),
        t -> {
          t.put(TABLE, change.key(address), change.encode());
          trimmed.forEach(key -> t.delete(TABLE, key));
          if (age) {
            t.schedule(TIMER, timer, StoredShadow.key(address));
          }
        });
  }

  /** Remembers that a version was deleted. */
  Consumer<Turn> rememberDelete(
      ShadowAddress address, StoredShadow before, long atMillis, Origin origin) {
    if (!isKept() || before.past().firstVersion() == 0) {
      return t -> {};
    }
    ShadowChange change =
        new ShadowChange(
            before.document().version(),
            Kind.DELETE,
            atMillis,
            before.past().snapshotVersion(),
            Author.of(origin),
            "null".getBytes(StandardCharsets.US_ASCII),
            null);
    return t -> t.put(TABLE, change.key(address), change.encode());
  }

  /** Lets go of what became too old; called when the shadow's timer is due. */
  Remembered trimByAge(Turn turn, ShadowAddress address, Past past) {
    long cutoff = turn.now() - ageMillis;
    List<byte[]> gone = new ArrayList<>();
    long first = past.firstVersion();
    Group oldest = oldest(turn, address, first);
    for (int groups = 1;
        oldest.next != null && oldest.next.atMillis() <= cutoff && groups <= GROUPS_PER_TIMER_MAX;
        groups++) {
      gone.addAll(oldest.keys);
      first = oldest.next.version();
      oldest = oldest(turn, address, first);
    }
    long timer =
        oldest.next == null ? 0 : Math.max(turn.now() + 1, oldest.next.atMillis() + ageMillis);
    return new Remembered(
        new Past(first, past.snapshotVersion(), timer),
        t -> {
          gone.forEach(key -> t.delete(TABLE, key));
          if (timer != 0) {
            t.schedule(TIMER, timer, StoredShadow.key(address));
          }
        });
  }

  /** Lets go of all of it up to a version, slice by slice; the shadow must name none of it. */
  private static Consumer<Turn> forget(ShadowAddress address, Past past, long lastVersion) {
    byte[] prefix = StoredShadow.key(address);
    return t -> {
      if (past.timerMillis() != 0) {
        t.cancel(TIMER, past.timerMillis(), prefix);
      }
      forgetSlice(t, Keys.of().raw(prefix).number(lastVersion).bytes());
    };
  }

  /**
   * Deletes a slice of a past and comes back for the next one.
   *
   * @param key the shadow's key and the last version to go
   */
  static void forgetSlice(Turn turn, byte[] key) {
    byte[] prefix = Arrays.copyOf(key, key.length - Long.BYTES);
    byte[] end = Keys.of().raw(key).raw(new byte[] {2}).bytes(); // behind the version's delete
    Slice slice = slice(turn, prefix, end, ROWS_PER_SLICE_MAX);
    slice.rows.forEach(row -> turn.delete(TABLE, row.key()));
    if (slice.more) {
      turn.schedule(FORGET_TIMER, turn.now(), key);
    }
  }

  /** Whether nothing of a shadow's past is on disk. */
  static boolean isForgotten(Turn turn, ShadowAddress address) {
    return turn.prefix(TABLE, StoredShadow.key(address), 1).isEmpty();
  }

  /**
   * Rows of a past, at most so many as one turn may read.
   *
   * @param more whether others may follow
   */
  private record Slice(List<Row> rows, boolean more) {}

  private static Slice slice(Turn turn, byte[] from, byte[] to, int max) {
    List<Row> rows = new ArrayList<>();
    byte[] next = from;
    long bytes = 0;
    while (rows.size() < max && bytes < BYTES_PER_SLICE_MAX) {
      int wanted = Math.min(ROWS_PER_READ, max - rows.size());
      List<Row> read = turn.range(TABLE, next, to, wanted);
      rows.addAll(read);
      if (read.size() < wanted) {
        return new Slice(rows, false);
      }
      for (Row row : read) {
        bytes += row.value().length;
      }
      byte[] last = read.get(read.size() - 1).key();
      next = Arrays.copyOf(last, last.length + 1); // the first key behind it
    }
    return new Slice(rows, true);
  }

  /** Ends a deleted shadow's past; answers what is left of it to remember. */
  Remembered bury(ShadowAddress address, StoredShadow tombstone) {
    Past past = tombstone.past();
    return new Remembered(
        Past.NONE,
        past.firstVersion() == 0 ? t -> {} : forget(address, past, tombstone.document().version()));
  }

  private static Group oldest(Turn turn, ShadowAddress address, long first) {
    List<byte[]> keys = new ArrayList<>();
    List<Row> rows =
        turn.range(
            TABLE,
            ShadowChange.key(address, first, false),
            ShadowChange.key(address, Long.MAX_VALUE, true),
            ROWS_PER_GROUP_MAX + 1);
    for (Row row : rows) {
      ShadowChange change = ShadowChange.decode(row.key(), row.value());
      if (change.snapshot() != null && change.version() > first) {
        return new Group(keys, change);
      }
      keys.add(row.key());
    }
    return new Group(keys, null);
  }

  /**
   * The changes from a version on, oldest first.
   *
   * @param more whether others may follow: there were more than {@code max}, or those before are so
   *     large that one answer should not hold more
   */
  record Changes(List<ShadowChange> list, boolean more) {}

  Changes changes(Turn turn, ShadowAddress address, long from, int max) {
    Slice slice =
        slice(
            turn,
            ShadowChange.key(address, from, false),
            Keys.after(StoredShadow.key(address)),
            max);
    List<ShadowChange> changes = new ArrayList<>();
    slice.rows.forEach(row -> changes.add(ShadowChange.decode(row.key(), row.value())));
    return new Changes(changes, slice.more);
  }

  /** A version as it was; empty when it is not kept. */
  Optional<ShadowDocument> asOfVersion(
      Turn turn, ShadowAddress address, StoredShadow shadow, long version) {
    ShadowChange wanted = change(turn, address, shadow, version);
    if (wanted == null) {
      return Optional.empty();
    }
    ShadowDocument document = null;
    for (Row row :
        turn.range(
            TABLE,
            ShadowChange.key(address, wanted.baseVersion(), false),
            ShadowChange.key(address, version, true),
            ROWS_PER_GROUP_MAX + 1)) {
      ShadowChange change = ShadowChange.decode(row.key(), row.value());
      document =
          document == null
              ? change.whole()
              : document.apply(change.update(), change.atMillis() / 1000);
    }
    return Optional.ofNullable(document);
  }

  /** The shadow as it was at a time; empty when there was none, or it is not kept. */
  Optional<ShadowDocument> asOfTime(
      Turn turn, ShadowAddress address, StoredShadow shadow, long millis) {
    long below = shadow.past().firstVersion() - 1; // made at or before the time, or not kept
    long above = shadow.document().version() + 1;
    if (below < 0) {
      return Optional.empty();
    }
    while (above - below > 1) {
      long middle = below + (above - below) / 2;
      ShadowChange change = change(turn, address, shadow, middle);
      if (change != null && change.atMillis() <= millis) {
        below = middle;
      } else {
        above = middle;
      }
    }
    byte[] deleteKey = ShadowChange.key(address, below, true);
    byte[] deleted = turn.get(TABLE, deleteKey);
    if (deleted != null && ShadowChange.decode(deleteKey, deleted).atMillis() <= millis) {
      return Optional.empty();
    }
    return asOfVersion(turn, address, shadow, below);
  }

  private static @Nullable ShadowChange change(
      Turn turn, ShadowAddress address, StoredShadow shadow, long version) {
    long first = shadow.past().firstVersion();
    if (first == 0 || version < first || version > shadow.document().version()) {
      return null;
    }
    byte[] key = ShadowChange.key(address, version, false);
    byte[] row = turn.get(TABLE, key);
    return row == null ? null : ShadowChange.decode(key, row);
  }
}
