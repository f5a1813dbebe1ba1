package io.sluice.api;

import io.sluice.message.Publication;
import io.sluice.message.TopicName;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The retained messages, as HTTP asks for them; the gateway ties it to the sessions' room. */
public interface RetainedReader {

  /** A topic's retained message that has not expired, or null. From memory, on an event loop. */
  @Nullable Publication find(TopicName topic);

  /**
   * Completes when what was published before this call is retained, or after a second: a PUBACK
   * says that a message is on disk, and its retained copy follows.
   *
   * @param topic null: on any topic
   */
  CompletableFuture<?> settled(@Nullable TopicName topic);

  /** Hands out every retained message, in no order. Takes its time: not on an event loop. */
  void forEach(Consumer<Publication> sink);
}
