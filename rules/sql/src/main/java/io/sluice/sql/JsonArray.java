package io.sluice.sql;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An array of a JSON text: its slice, and after the first look inside, where its elements are. */
final class JsonArray implements Value.Arr {
  private final Json json;
  private final int start;
  private final int end;
  private int @Nullable [] index; // two per element: from, to

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
    int[] found = new int[16];
    int size = 0;
    int p = scanner.space(start + 1);
    while (scanner.at(p) != ']') {
      if (size == found.length) {
        found = Arrays.copyOf(found, size * 2);
      }
      found[size] = p;
      p = scanner.skipValue(p);
      found[size + 1] = p;
      size += 2;
      p = scanner.space(p);
      if (scanner.at(p) == ',') {
        p = scanner.space(p + 1);
      }
    }
    return Arrays.copyOf(found, size);
  }

  @Override
  public int size() {
    return index().length / 2;
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
