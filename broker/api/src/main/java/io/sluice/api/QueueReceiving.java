package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.queue.MessageAttribute;
import io.sluice.queue.MessageDigests;
import io.sluice.queue.Queues;
import io.sluice.queue.ReceiveMessage;
import io.sluice.queue.ReceivedMessage;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** ReceiveMessage: may wait, and must not eat messages when the client has gone meanwhile. */
final class QueueReceiving {
  private final Queues queues;

  QueueReceiving(Queues queues) {
    this.queues = queues;
  }

  CompletableFuture<Reply> receive(Call call) {
    Fields input = call.input();
    String queue = QueueOperations.queue(input);
    CompletableFuture<List<ReceivedMessage>> received =
        queues.receive(
            queue,
            new ReceiveMessage(
                input.integerOrNull("MaxNumberOfMessages"),
                input.integerOrNull("VisibilityTimeout"),
                input.integerOrNull("WaitTimeSeconds"),
                input.textOrNull("ReceiveRequestAttemptId")));
    call.abandonment()
        .onGone(
            () -> {
              if (!received.cancel(false) && !received.isCompletedExceptionally()) {
                List<ReceivedMessage> undelivered = received.join(); // done already
                if (!undelivered.isEmpty()) {
                  queues.giveBack(queue, undelivered);
                }
              }
            });
    Set<String> systemNames = new HashSet<>(input.texts("AttributeNames"));
    systemNames.addAll(input.texts("MessageSystemAttributeNames"));
    List<String> names = input.texts("MessageAttributeNames");
    return received.thenApply(messages -> reply(messages, systemNames, names));
  }

  private static Reply reply(
      List<ReceivedMessage> messages, Set<String> systemNames, List<String> names) {
    ObjectNode reply = Reply.object();
    if (!messages.isEmpty()) { // an empty receive has no such member
      ArrayNode list = reply.putArray("Messages");
      messages.forEach(message -> put(list.addObject(), message, systemNames, names));
    }
    return Reply.of(reply);
  }

  private static void put(
      ObjectNode into, ReceivedMessage message, Set<String> systemNames, List<String> names) {
    into.put("MessageId", message.messageId());
    into.put("ReceiptHandle", message.receiptHandle());
    into.put("MD5OfBody", message.md5OfBody());
    into.put("Body", message.body());
    ObjectNode system = Reply.object();
    message
        .attributes()
        .forEach(
            (name, value) -> {
              if (systemNames.contains("All") || systemNames.contains(name)) {
                system.put(name, value);
              }
            });
    if (!system.isEmpty()) {
      into.set("Attributes", system);
    }
    Map<String, MessageAttribute> selected =
        MessageAttribute.select(message.messageAttributes(), names);
    @Nullable String digest = MessageDigests.ofAttributes(selected);
    if (!selected.isEmpty() && digest != null) {
      into.put("MD5OfMessageAttributes", digest);
      MessageAttributesWire.write(into.putObject("MessageAttributes"), selected);
    }
  }
}
