package io.sluice.stream;

import io.sluice.stream.StreamReplies.ListShardsReply;
import io.sluice.stream.StreamReplies.ShardDescription;
import io.sluice.stream.StreamRequests.ListShards;
import io.sluice.stream.StreamRequests.ShardFilter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One ListShards, or the rest of it: which shards of which stream, and from where on. Travels in
 * the token, because a request with a token may say nothing else.
 *
 * @param millis of the filter, where it has one
 * @param after shards up to this index are left out
 */
record ShardListing(String stream, Filter filter, long millis, int after) {
  private static final char KIND = 'l';

  /** ShardFilterType, each with its letter in tokens. */
  enum Filter {
    AFTER_SHARD_ID('a'),
    AT_TRIM_HORIZON('h'),
    FROM_TRIM_HORIZON('H'),
    AT_LATEST('l'),
    AT_TIMESTAMP('t'),
    FROM_TIMESTAMP('T');

    private final byte letter;

    Filter(char letter) {
      this.letter = (byte) letter;
    }

    static Filter of(byte letter) {
      for (Filter filter : values()) {
        if (filter.letter == letter) {
          return filter;
        }
      }
      throw new IllegalStateException("a token that we sealed has filter letter " + letter);
    }
  }

  static ShardListing of(ListShards request, StreamSettings settings, Seal seal, long nowMillis) {
    if (request.nextToken() == null) {
      return of(
          settings.streamOf(request.streamName(), request.streamARN()),
          request.shardFilter(),
          request.exclusiveStartShardId());
    }
    if (request.streamName() != null
        || request.exclusiveStartShardId() != null
        || request.shardFilter() != null
        || request.streamCreationTimestamp() != null) {
      throw StreamError.invalid(
          "NextToken cannot be given together with StreamName, ExclusiveStartShardId, ShardFilter"
              + " or StreamCreationTimestamp; the token holds them.");
    }
    return fromToken(seal, request.nextToken(), nowMillis);
  }

  private static ShardListing of(
      String stream, @Nullable ShardFilter filter, @Nullable String exclusiveStartShardId) {
    int after = exclusiveStartShardId == null ? -1 : index(exclusiveStartShardId);
    if (filter == null) {
      return new ShardListing(stream, Filter.FROM_TRIM_HORIZON, 0, after);
    }
    Filter type = type(filter.type());
    if (type == Filter.AFTER_SHARD_ID) {
      if (filter.shardId() == null) {
        throw StreamError.invalid("ShardFilter AFTER_SHARD_ID needs a ShardId.");
      }
      return new ShardListing(stream, type, 0, Math.max(after, index(filter.shardId())));
    }
    if (type != Filter.AT_TIMESTAMP && type != Filter.FROM_TIMESTAMP) {
      return new ShardListing(stream, type, 0, after);
    }
    if (filter.timestamp() == null) {
      throw StreamError.invalid("ShardFilter %s needs a Timestamp.", type);
    }
    return new ShardListing(stream, type, filter.timestamp().toEpochMilli(), after);
  }

  private static Filter type(@Nullable String wire) {
    for (Filter filter : Filter.values()) {
      if (filter.name().equals(wire)) {
        return filter;
      }
    }
    if (wire == null) {
      throw StreamError.missing("shardFilter.type");
    }
    throw StreamError.constraint(
        "shardFilter.type",
        wire,
        "Member must satisfy enum value set: " + List.of(Filter.values()));
  }

  private static int index(String shardId) {
    return Shard.index(shardId)
        .orElseThrow(
            () ->
                StreamError.invalid(
                    "ShardId must be 'shardId-' and twelve digits; use one that ListShards gave."));
  }

  String token(Seal seal, long nowMillis) {
    byte[] name = stream.getBytes(StandardCharsets.UTF_8);
    byte[] body =
        ByteBuffer.allocate(13 + name.length)
            .put(filter.letter)
            .putLong(millis)
            .putInt(after)
            .put(name)
            .array();
    return seal.seal(KIND, body, nowMillis);
  }

  private static ShardListing fromToken(Seal seal, String token, long nowMillis) {
    Seal.Found found = seal.open(KIND, token);
    if (found instanceof Seal.Found.Nonsense) {
      throw StreamError.invalid("Invalid NextToken. Begin again with ListShards without one.");
    }
    if (!(found instanceof Seal.Found.Ours ours)
        || nowMillis - ours.opened().issuedMillis() > Seal.LIFE_MILLIS) {
      throw new StreamError(
          StreamError.Code.EXPIRED_NEXT_TOKEN,
          "NextToken has expired; begin again with ListShards without one.");
    }
    ByteBuffer in = ByteBuffer.wrap(ours.opened().body());
    Filter filter = Filter.of(in.get());
    long millis = in.getLong();
    int after = in.getInt();
    return new ShardListing(
        StandardCharsets.UTF_8.decode(in.slice()).toString(), filter, millis, after);
  }

  ListShardsReply page(StreamView view, int max, Seal seal, long nowMillis) {
    long horizon = Math.max(view.createdMillis(), nowMillis - view.retentionMillis());
    List<ShardDescription> page = new ArrayList<>();
    int last = after;
    for (ShardView shard : view.shards()) {
      if (shard.index() <= after || !selects(shard, horizon)) {
        continue;
      }
      if (page.size() == max) {
        return new ListShardsReply(
            page, new ShardListing(stream, filter, millis, last).token(seal, nowMillis));
      }
      page.add(shard.description());
      last = shard.index();
    }
    return new ListShardsReply(page, null);
  }

  private boolean selects(ShardView shard, long horizon) {
    long at = Math.max(millis, horizon); // a time before the horizon counts as the horizon
    return switch (filter) {
      case AFTER_SHARD_ID, FROM_TRIM_HORIZON -> true;
      case AT_TRIM_HORIZON -> shard.wasOpenAt(horizon);
      case AT_LATEST -> shard.isOpen();
      case AT_TIMESTAMP -> shard.wasOpenAt(at);
      case FROM_TIMESTAMP -> shard.wasOpenAfter(at);
    };
  }
}
