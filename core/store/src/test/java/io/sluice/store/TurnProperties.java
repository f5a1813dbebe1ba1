package io.sluice.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** A turn reads as if its own writes were in the store already: compared with one sorted map. */
class TurnProperties {
  private static final Table TABLE = new Table("turn");
  private static final Table OTHER = new Table("turn-other");

  private static byte[] key(Random random) {
    byte[] key = new byte[random.nextInt(4)];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) new int[] {0, 1, 0x7F, 0x80, 0xFF}[random.nextInt(5)];
    }
    return key;
  }

  private static List<String> texts(List<Row> rows) {
    return rows.stream()
        .map(
            row ->
                HexFormat.of().formatHex(row.key()) + "=" + HexFormat.of().formatHex(row.value()))
        .toList();
  }

  private static List<String> model(
      NavigableMap<byte[], byte[]> rows, byte[] from, byte[] to, int max) {
    if (Arrays.compareUnsigned(from, to) > 0) {
      return List.of();
    }
    return texts(
        rows.subMap(from, true, to, false).entrySet().stream()
            .limit(max)
            .map(e -> new Row(e.getKey(), e.getValue()))
            .toList());
  }

  @Property(tries = 300)
  void readsSeeOwnWrites(@ForAll long seed) {
    Random random = new Random(seed);
    SimulatedStore store = new SimulatedStore(2);
    TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
    for (int turns = 0; turns < 3; turns++) {
      Turn turn = new Turn(store, 1, 0);
      turn.put(OTHER, new byte[] {1}, new byte[0]); // another table never shows
      for (int change = random.nextInt(20); change > 0; change--) {
        byte[] key = key(random);
        if (random.nextInt(3) == 0) {
          turn.delete(TABLE, key);
          model.remove(key);
        } else {
          byte[] value = {(byte) change};
          turn.put(TABLE, key, value);
          model.put(key, value);
        }
        byte[] asked = key(random);
        assertThat(turn.get(TABLE, asked)).isEqualTo(model.get(asked));
        byte[] from = key(random);
        byte[] to = key(random);
        int max = random.nextInt(6);
        assertThat(texts(turn.range(TABLE, from, to, max))).isEqualTo(model(model, from, to, max));
        byte[] prefix = key(random);
        assertThat(texts(turn.prefix(TABLE, prefix, 100)))
            .isEqualTo(model(model, prefix, Keys.after(prefix), 100));
      }
      store.commit(turn.record());
      Turn next = new Turn(store, 1, 0);
      assertThat(texts(next.range(TABLE, new byte[0], Keys.after(new byte[0]), 1000)))
          .isEqualTo(model(model, new byte[0], Keys.after(new byte[0]), 1000));
    }
    assertThat(new Turn(store, 0, 0).prefix(TABLE, new byte[0], 9)).as("a neighbour").isEmpty();
  }
}
