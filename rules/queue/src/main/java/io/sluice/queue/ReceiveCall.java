package io.sluice.queue;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One receive on its way or waiting. The reply may be completed from outside, when the client has
 * gone; everything else belongs to the owner thread of the queue.
 */
final class ReceiveCall {
  final String queue;
  final ReceiveMessage request;
  final CompletableFuture<List<ReceivedMessage>> reply = new CompletableFuture<>();
  long deadline;

  ReceiveCall(String queue, ReceiveMessage request) {
    this.queue = queue;
    this.request = request;
  }
}
