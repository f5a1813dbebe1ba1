package io.sluice.sql;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An array of a JSON text: its slice, and after the first look inside, where its elements are. */
final class JsonArray implements Value.Arr {
  private static final int ELEMENTS_EXPECTED = 16;

  private final Json json;
  private final int start;
  private final int end;
  private int @Nullable [] index; // two per element: from, to
  private int size; // of the elements, once there is an index

  JsonArray(Json json, int start, int end) {
    this.json = json;
    this.start = start;
    this.end = end;
  }

  private int[] index() {
    int[] known = index;
    if (known == null) {
      known = find(new JsonScanner(json.text(), end));
      index = known;
    }
    return known;
  }

  private int[] find(JsonScanner scanner) {
    int[] found = new int[2 * ELEMENTS_EXPECTED];
    int used = 0;
    int p = scanner.space(start + 1);
    while (scanner.at(p) != ']') {
      if (used == found.length) {
        found = Arrays.copyOf(found, used * 2);
      }
      found[used] = p;
      p = scanner.skipChecked(p);
      found[used + 1] = p;
      used += 2;
      p = scanner.space(p);
      if (scanner.at(p) == ',') {
        p = scanner.space(p + 1);
      }
    }
    size = used / 2;
    return found;
  }

  @Override
  public int size() {
    index();
    return size;
  }

  @Override
  public Value get(int i) {
    int[] places = index();
    return json.value(places[2 * i], places[2 * i + 1]);
  }

  /** As it stands in the text, without white space. */
  @Override
  public void writeTo(JsonOut out) {
    json.writeTo(out, start, end);
  }
}
