package io.sluice.gateway;

import io.sluice.api.RetainedReader;
import io.sluice.dispatch.IngressConveyor;
import io.sluice.message.Publication;
import io.sluice.message.TopicFilter;
import io.sluice.message.TopicName;
import io.sluice.session.RetainedCursor;
import io.sluice.session.RetainedMessages;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The sessions' retained messages, for the HTTP API. */
record RetainedFromSessions(RetainedMessages retained, IngressConveyor conveyor)
    implements RetainedReader {
  private static final TopicFilter ALL = TopicFilter.of("#");
  private static final int STEPS_MAX = 10_000;
  private static final int SETTLE_MILLIS_MAX = 1_000;

  @Override
  public @Nullable Publication find(TopicName topic) {
    Publication found = retained.find(topic);
    return found == null || found.expiresAtMicros() <= System.currentTimeMillis() * 1000
        ? null
        : found;
  }

  @Override
  public CompletableFuture<?> settled(@Nullable TopicName topic) {
    return conveyor.carried(topic, SETTLE_MILLIS_MAX);
  }

  @Override
  public void forEach(Consumer<Publication> sink) {
    RetainedCursor cursor = retained.cursor(ALL);
    boolean more = true;
    while (more) {
      more = cursor.advance(System.currentTimeMillis(), STEPS_MAX, sink);
    }
  }
}
