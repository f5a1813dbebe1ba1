package io.sluice.sql;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An object made by an expression: a few members in their order. It holds no Undefined. Filled
 * once, by its maker.
 */
final class BuiltObject implements Value.Obj {
  private static final int SCANNED_MAX = 16;

  private Key[] keys;
  private Value[] values;
  private int size;
  private @Nullable Map<Key, Integer> places; // only with many members

  BuiltObject(int capacity) {
    keys = new Key[capacity];
    values = new Value[capacity];
  }

  /**
   * Sets a member; an existing one keeps its place. Undefined is left out, and leaves what is
   * there.
   */
  void put(Key key, Value value) {
    if (value.isUndefined()) {
      return;
    }
    int place = place(key);
    if (place >= 0) {
      values[place] = value;
      return;
    }
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, size * 2 + 4);
      values = Arrays.copyOf(values, size * 2 + 4);
    }
    keys[size] = key;
    values[size] = value;
    Map<Key, Integer> map = places;
    if (map != null) {
      map.put(key, size);
    }
    size++;
  }

  /** Adds a member whose key is known to be new. Undefined is left out. */
  void append(Key key, Value value) {
    if (!value.isUndefined()) {
      keys[size] = key;
      values[size] = value;
      size++;
    }
  }

  /**
   * Sets a member at a path of keys, making objects on the way and keeping the members they have.
   */
  void put(Key[] path, Value value) {
    if (value.isUndefined()) {
      return;
    }
    BuiltObject at = this;
    for (int i = 0; i < path.length - 1; i++) {
      Value there = at.get(path[i]);
      BuiltObject next = there instanceof BuiltObject built ? built.copy() : new BuiltObject(2);
      if (there instanceof JsonObject object) {
        next.putAll(object);
      }
      at.put(path[i], next);
      at = next;
    }
    at.put(path[path.length - 1], value);
  }

  void putAll(Value.Obj other) {
    other.forEach(this::put);
  }

  private BuiltObject
      copy() { // a value once handed out never changes: another expression may hold it
    BuiltObject copy = new BuiltObject(size + 1);
    copy.putAll(this);
    return copy;
  }

  private int place(Key key) {
    if (size > SCANNED_MAX) {
      Map<Key, Integer> map = places;
      if (map == null) {
        map = new HashMap<>();
        for (int i = 0; i < size; i++) {
          map.put(keys[i], i);
        }
        places = map;
      }
      return map.getOrDefault(key, -1);
    }
    for (int i = 0; i < size; i++) {
      if (keys[i].equals(key)) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Value get(Key key) {
    int place = place(key);
    return place < 0 ? Undefined.UNDEFINED : values[place];
  }

  @Override
  public void forEach(BiConsumer<? super Key, ? super Value> action) {
    for (int i = 0; i < size; i++) {
      action.accept(keys[i], values[i]);
    }
  }

  @Override
  public void writeTo(JsonOut out) {
    out.raw('{');
    for (int i = 0; i < size; i++) {
      if (i > 0) {
        out.raw(',');
      }
      out.raw(keys[i].quoted());
      values[i].writeTo(out);
    }
    out.raw('}');
  }
}
