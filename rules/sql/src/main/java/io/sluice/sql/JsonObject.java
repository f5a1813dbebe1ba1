package io.sluice.sql;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** An object of a JSON text: its slice, and after the first look inside, where its members are. */
final class JsonObject implements Value.Obj {
  /**
   * Index: [0] the position behind the object, [1] how much of the index is used, then four per
   * member: key from, key to (inverted: with escapes), value from, to.
   */
  private static final int HEAD = 2;

  private static final int PER_MEMBER = 4;
  private static final int MEMBERS_EXPECTED = 12;
  private static final int MEMBER_BYTES_MIN = 6; // "a":1,
  private static final int SCANNED_MAX = 32; // with more members than this, and
  private static final int LOOKUPS_BEFORE_MAP = 8; // more lookups than this, a map pays

  private final Json json;
  private final int start;
  private final int end;
  private int @Nullable [] index;
  private @Nullable Map<Key, Value> members;
  private int lookups;

  JsonObject(Json json, int start, int end, int @Nullable [] index) {
    this.json = json;
    this.start = start;
    this.end = end;
    this.index = index;
  }

  /**
   * Notes where the members of the object are that begins at {@code p}, and checks it unless that
   * was done.
   */
  static int[] index(JsonScanner scanner, int p, boolean checked) {
    int members = Math.min(MEMBERS_EXPECTED, (scanner.end() - p) / MEMBER_BYTES_MIN + 1);
    int[] index = new int[HEAD + members * PER_MEMBER];
    int size = HEAD;
    p = scanner.space(p + 1);
    if (scanner.at(p) == '}') {
      return new int[] {p + 1, HEAD};
    }
    while (true) {
      if (size == index.length) {
        index = Arrays.copyOf(index, size * 2 - HEAD);
      }
      if (scanner.at(p) != '"') {
        throw new JsonScanner.NotJson();
      }
      scanner.takeEscape();
      int keyEnd = scanner.skipString(p) - 1;
      index[size] = p + 1;
      index[size + 1] = scanner.takeEscape() ? ~keyEnd : keyEnd;
      int value = scanner.skipColon(keyEnd + 1);
      p = checked ? scanner.skipChecked(value) : scanner.skipValue(value);
      index[size + 2] = value;
      index[size + 3] = p;
      size += PER_MEMBER;
      p = scanner.space(p);
      byte b = scanner.at(p);
      if (b == '}') {
        index[0] = p + 1;
        index[1] = size;
        return index;
      }
      if (b != ',') {
        throw new JsonScanner.NotJson();
      }
      p = scanner.space(p + 1);
    }
  }

  private int[] index() {
    int[] known = index;
    if (known == null) {
      known = index(new JsonScanner(json.text(), end), start, true);
      index = known;
    }
    return known;
  }

  @Override
  public int size() {
    return members().size();
  }

  @Override
  public Value get(Key key) {
    int[] places = index();
    if (members != null
        || places[1] > HEAD + SCANNED_MAX * PER_MEMBER && ++lookups > LOOKUPS_BEFORE_MAP) {
      Value found = members().get(key);
      return found == null ? Undefined.UNDEFINED : found;
    }
    for (int i = places[1] - PER_MEMBER;
        i >= HEAD;
        i -= PER_MEMBER) { // the last of equal keys wins
      if (json.sameKey(places[i], places[i + 1], key)) {
        return json.value(places[i + 2], places[i + 3]);
      }
    }
    return Undefined.UNDEFINED;
  }

  private Map<Key, Value> members() {
    Map<Key, Value> known = members;
    if (known == null) {
      int[] places = index();
      known = new LinkedHashMap<>((places[1] - HEAD) / 2);
      for (int i = HEAD; i < places[1]; i += PER_MEMBER) {
        known.put(
            new Key(json.keyText(places[i], places[i + 1])),
            json.value(places[i + 2], places[i + 3]));
      }
      members = known;
    }
    return known;
  }

  @Override
  public void forEach(BiConsumer<? super Key, ? super Value> action) {
    members().forEach(action);
  }

  /** As it stands in the text, without white space. */
  @Override
  public void writeTo(JsonOut out) {
    json.writeTo(out, start, end);
  }
}
