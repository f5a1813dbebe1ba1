package io.sluice.stream;

import io.sluice.stream.StreamError.Code;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Positions as clients carry them. Any thread. */
final class ShardIterators {
  private static final char KIND = 'i';

  private final Seal seal;

  ShardIterators(Seal seal) {
    this.seal = seal;
  }

  String issue(Position position, long nowMillis) {
    byte[] name = position.stream().getBytes(StandardCharsets.UTF_8);
    byte[] body =
        ByteBuffer.allocate(20 + name.length)
            .putLong(position.streamNumber())
            .putInt(position.shard())
            .putLong(position.counter())
            .put(name)
            .array();
    return seal.seal(KIND, body, nowMillis);
  }

  Position read(String iterator, long nowMillis) {
    Seal.Found found = seal.open(KIND, unquoted(iterator));
    if (found instanceof Seal.Found.Ours ours) {
      long age = nowMillis - ours.opened().issuedMillis();
      if (age > Seal.LIFE_MILLIS) {
        throw new StreamError(
            Code.EXPIRED_ITERATOR,
            "Iterator expired. It was issued %d s ago, while iterators live %d s; get a new one"
                + " with GetShardIterator.",
            age / 1000,
            Seal.LIFE_MILLIS / 1000);
      }
      ByteBuffer in = ByteBuffer.wrap(ours.opened().body());
      long number = in.getLong();
      int shard = in.getInt();
      long counter = in.getLong();
      return new Position(
          StandardCharsets.UTF_8.decode(in.slice()).toString(), number, shard, counter);
    }
    if (found instanceof Seal.Found.Foreign) {
      throw new StreamError(
          Code.EXPIRED_ITERATOR,
          "Iterator expired. It is not of this run of the gateway, or was altered; get a new one"
              + " with GetShardIterator.");
    }
    throw StreamError.invalid("Invalid ShardIterator. Get one with GetShardIterator.");
  }

  /** AWS takes an iterator that kept its JSON quotes; so do we. */
  private static String unquoted(String iterator) {
    boolean quoted = iterator.length() > 2 && iterator.startsWith("\"") && iterator.endsWith("\"");
    return quoted ? iterator.substring(1, iterator.length() - 1) : iterator;
  }
}
