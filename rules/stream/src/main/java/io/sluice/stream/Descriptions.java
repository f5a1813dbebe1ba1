package io.sluice.stream;

import io.sluice.stream.StreamReplies.DescribeStreamReply;
import io.sluice.stream.StreamReplies.DescribeStreamSummaryReply;
import io.sluice.stream.StreamReplies.EnhancedMetrics;
import io.sluice.stream.StreamReplies.ListStreamsReply;
import io.sluice.stream.StreamReplies.ListTagsForStreamReply;
import io.sluice.stream.StreamReplies.ShardDescription;
import io.sluice.stream.StreamReplies.StreamDescription;
import io.sluice.stream.StreamReplies.StreamDescriptionSummary;
import io.sluice.stream.StreamReplies.StreamSummary;
import io.sluice.stream.StreamReplies.Tag;
import io.sluice.stream.StreamRequests.StreamModeDetails;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Tells what a stream is, in the words of the wire. Any thread. */
final class Descriptions {
  private static final String ACTIVE = "ACTIVE"; // nothing here takes long enough to be CREATING
  private static final List<EnhancedMetrics> NO_METRICS = List.of(new EnhancedMetrics(List.of()));

  private final StreamSettings settings;

  Descriptions(StreamSettings settings) {
    this.settings = settings;
  }

  /**
   * @param after index of the last shard that the caller has, or -1
   */
  DescribeStreamReply describe(StreamView view, int after, int max) {
    List<ShardDescription> shards = new ArrayList<>();
    boolean more = false;
    for (ShardView shard : view.shards()) {
      if (shard.index() > after) {
        more = shards.size() == max;
        if (more) {
          break;
        }
        shards.add(shard.description());
      }
    }
    return new DescribeStreamReply(
        new StreamDescription(
            view.name(),
            settings.arn(view.name()),
            ACTIVE,
            new StreamModeDetails(view.mode().name()),
            shards,
            more,
            view.retentionHours(),
            Instant.ofEpochMilli(view.createdMillis()),
            NO_METRICS,
            Streams.NOT_ENCRYPTED));
  }

  DescribeStreamSummaryReply summarise(StreamView view) {
    return new DescribeStreamSummaryReply(
        new StreamDescriptionSummary(
            view.name(),
            settings.arn(view.name()),
            ACTIVE,
            new StreamModeDetails(view.mode().name()),
            view.retentionHours(),
            Instant.ofEpochMilli(view.createdMillis()),
            NO_METRICS,
            Streams.NOT_ENCRYPTED,
            (int) view.shards().stream().filter(ShardView::isOpen).count(),
            0));
  }

  /** The streams whose names follow {@code after}; the token is the last name, it hides nothing. */
  ListStreamsReply list(NavigableMap<String, StreamView> views, @Nullable String after, int max) {
    List<String> names = new ArrayList<>();
    List<StreamSummary> summaries = new ArrayList<>();
    String last = null;
    boolean more = false;
    for (StreamView view : (after == null ? views : views.tailMap(after, false)).values()) {
      more = names.size() == max;
      if (more) {
        break;
      }
      last = view.name();
      names.add(last);
      summaries.add(
          new StreamSummary(
              last,
              settings.arn(last),
              ACTIVE,
              new StreamModeDetails(view.mode().name()),
              Instant.ofEpochMilli(view.createdMillis())));
    }
    return new ListStreamsReply(names, more, more ? last : null, summaries);
  }

  ListTagsForStreamReply tags(StreamView view, @Nullable String after, int max) {
    TreeMap<String, String> sorted = new TreeMap<>(view.tags());
    List<Tag> tags = new ArrayList<>();
    (after == null ? sorted : sorted.tailMap(after, false))
        .forEach((key, value) -> tags.add(new Tag(key, value)));
    return new ListTagsForStreamReply(
        tags.subList(0, Math.min(max, tags.size())), tags.size() > max);
  }
}
