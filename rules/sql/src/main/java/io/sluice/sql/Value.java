package io.sluice.sql;

import org.jspecify.annotations.Nullable;

/**
 * What an expression evaluates to. Closed. Immutable to its users; containers and texts read from
 * JSON keep a slice of the payload and are only taken apart when somebody looks inside, so values
 * belong to one thread.
 *
 * <p>{@link Undefined} means "there is no such value" and {@link Null} is a value: they differ in
 * every operator.
 */
sealed interface Value
    permits Undefined, Null, Bool, Value.Bytes, Value.Num, Value.Arr, Value.Obj, Text {
  ValueType type();

  /**
   * Appends compact JSON. Only called on values that exist in JSON: not on {@link Undefined} nor
   * {@link Bytes}.
   */
  void writeTo(JsonOut out);

  static Bool of(boolean value) {
    return value ? Bool.TRUE : Bool.FALSE;
  }

  static Value of(@Nullable String text) {
    return text == null ? Undefined.UNDEFINED : new Text(text);
  }

  default boolean isUndefined() {
    return this == Undefined.UNDEFINED;
  }

  /**
   * The payload as it came, when it is not JSON: only {@code *} yields it, and only functions of
   * the whole payload take it.
   */
  record Bytes(byte[] bytes) implements Value {
    @Override
    public ValueType type() {
      return ValueType.BYTES;
    }

    @Override
    public void writeTo(JsonOut out) {
      throw new IllegalStateException("bytes have no JSON form");
    }
  }

  /** A number. */
  sealed interface Num extends Value permits Int, Dec {
    java.math.BigDecimal decimal();

    int signum();
  }

  /** An ordered list. */
  sealed interface Arr extends Value permits JsonArray, BuiltArray {
    int size();

    /** Counted from 0; the index is in range. */
    Value get(int index);

    @Override
    default ValueType type() {
      return ValueType.ARRAY;
    }
  }

  /** Names and values, in their order. */
  sealed interface Obj extends Value permits JsonObject, BuiltObject {
    int size();

    /** {@link Undefined} when there is no such key; the last one when JSON repeats a key. */
    Value get(Key key);

    /** Each key once, in the order of its first appearance. */
    void forEach(java.util.function.BiConsumer<? super Key, ? super Value> action);

    @Override
    default ValueType type() {
      return ValueType.OBJECT;
    }
  }
}
