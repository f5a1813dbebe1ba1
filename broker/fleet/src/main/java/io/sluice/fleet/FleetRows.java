package io.sluice.fleet;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.store.Row;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of this room, JSON in one table: the settings and the dynamic groups. */
final class FleetRows {
  static final Table TABLE = new Table("fleet");

  /** All are in its partition. */
  static final String KEY = "fleet";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SETTINGS = "settings";
  private static final String GROUP = "group/";
  private static final int ROWS_MAX = 10_000;

  private FleetRows() {}

  static @Nullable FleetSettings settings(Turn turn) {
    byte[] row = turn.get(TABLE, key(SETTINGS));
    return row == null ? null : read(row, FleetSettings.class);
  }

  static void put(Turn turn, FleetSettings settings) {
    turn.put(TABLE, key(SETTINGS), write(settings));
  }

  static List<DynamicGroup> groups(Turn turn) {
    return turn.prefix(TABLE, key(GROUP), ROWS_MAX).stream()
        .map(Row::value)
        .map(row -> read(row, DynamicGroup.class))
        .toList();
  }

  static void put(Turn turn, DynamicGroup group) {
    turn.put(TABLE, key(GROUP + group.name()), write(group));
  }

  static void delete(Turn turn, String group) {
    turn.delete(TABLE, key(GROUP + group));
  }

  private static byte[] key(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static <T> T read(byte[] row, Class<T> kind) {
    try {
      return JSON.readValue(row, kind);
    } catch (IOException unreadable) {
      throw new IllegalStateException("a row of table 'fleet' is no " + kind, unreadable);
    }
  }

  private static byte[] write(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
