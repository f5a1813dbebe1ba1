package io.sluice.message;

import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The listeners of one node of a {@link TopicTrie}: an immutable array while they are few (cheap to
 * walk, copied on change), a concurrent map when they are many (10,000 subscribers of one filter
 * must not cost 10,000 copies of 10,000).
 */
abstract class Listeners<S> {
  private static final int ARRAY_MAX = 64;
  private static final Listeners<?> NONE = new Few<>(new Object[0]);

  @SuppressWarnings("unchecked") // holds no S
  static <S> Listeners<S> none() {
    return (Listeners<S>) NONE;
  }

  /** With the listener added or replaced; called under the trie's lock. */
  abstract Listeners<S> with(S listener);

  /**
   * Without the listener; the same instance when it was not there. Called under the trie's lock.
   */
  abstract Listeners<S> without(S listener);

  abstract void forEach(Consumer<? super S> sink);

  abstract int size();

  private static final class Few<S> extends Listeners<S> {
    private final Object[] array;

    Few(Object[] array) {
      this.array = array;
    }

    @Override
    Listeners<S> with(S listener) {
      for (int i = 0; i < array.length; i++) {
        if (array[i].equals(listener)) {
          Object[] copy = array.clone();
          copy[i] = listener;
          return new Few<>(copy);
        }
      }
      if (array.length == ARRAY_MAX) {
        ConcurrentHashMap<S, S> map = new ConcurrentHashMap<>(2 * ARRAY_MAX);
        forEach(one -> map.put(one, one));
        map.put(listener, listener);
        return new Many<>(map, map.size());
      }
      Object[] copy = Arrays.copyOf(array, array.length + 1);
      copy[array.length] = listener;
      return new Few<>(copy);
    }

    @Override
    Listeners<S> without(S listener) {
      for (int i = 0; i < array.length; i++) {
        if (array[i].equals(listener)) {
          if (array.length == 1) {
            return none();
          }
          Object[] copy = new Object[array.length - 1];
          System.arraycopy(array, 0, copy, 0, i);
          System.arraycopy(array, i + 1, copy, i, copy.length - i);
          return new Few<>(copy);
        }
      }
      return this;
    }

    @Override
    @SuppressWarnings("unchecked") // only with() fills the array
    void forEach(Consumer<? super S> sink) {
      for (Object listener : array) {
        sink.accept((S) listener);
      }
    }

    @Override
    int size() {
      return array.length;
    }
  }

  /**
   * Changes in place, so {@link #with} and {@link #without} answer a view with the new size around
   * the same map; shrinks back to an array at half of {@link #ARRAY_MAX}, so that a filter on the
   * edge does not swing.
   */
  private static final class Many<S> extends Listeners<S> {
    private final ConcurrentHashMap<S, S> map;
    private final int size;

    Many(ConcurrentHashMap<S, S> map, int size) {
      this.map = map;
      this.size = size;
    }

    @Override
    Listeners<S> with(S listener) {
      // Replaces in one step: a match beside it sees the old or the new, never none.
      map.put(listener, listener);
      return new Many<>(map, map.size());
    }

    @Override
    Listeners<S> without(S listener) {
      if (map.remove(listener) == null) {
        return this;
      }
      return map.size() <= ARRAY_MAX / 2
          ? new Few<>(map.values().toArray())
          : new Many<>(map, map.size());
    }

    @Override
    void forEach(Consumer<? super S> sink) {
      for (S listener : map.values()) {
        sink.accept(listener);
      }
    }

    @Override
    int size() {
      return size; // of this view: the map may have grown since
    }
  }
}
