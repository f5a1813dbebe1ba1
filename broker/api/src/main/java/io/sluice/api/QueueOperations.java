package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.queue.BatchEntry;
import io.sluice.queue.BatchResult;
import io.sluice.queue.ChangeVisibility;
import io.sluice.queue.QueueError;
import io.sluice.queue.QueueListing;
import io.sluice.queue.Queues;
import io.sluice.queue.SendMessage;
import io.sluice.queue.SentMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The operations of SQS: members to the queue room's words and back. A queue is named by the last
 * segment of its URL, whatever the host in it: clients reach us under many names.
 */
final class QueueOperations {
  private static final Family FAMILY = Family.SQS;

  private final Queues queues;
  private final String account;

  QueueOperations(Queues queues, String account) {
    this.queues = queues;
    this.account = account;
  }

  List<Operation> operations() {
    QueueReceiving receiving = new QueueReceiving(queues);
    return List.of(
        Operation.write(FAMILY, "CreateQueue", this::create),
        Operation.write(FAMILY, "DeleteQueue", call -> done(queues.delete(queue(call.input())))),
        Operation.write(FAMILY, "PurgeQueue", call -> done(queues.purge(queue(call.input())))),
        Operation.read(FAMILY, "GetQueueUrl", this::getUrl),
        Operation.read(FAMILY, "ListQueues", this::list),
        Operation.read(FAMILY, "ListDeadLetterSourceQueues", this::listSources),
        Operation.read(FAMILY, "GetQueueAttributes", this::getAttributes),
        Operation.write(FAMILY, "SetQueueAttributes", this::setAttributes),
        Operation.write(FAMILY, "SendMessage", this::send),
        Operation.write(FAMILY, "SendMessageBatch", this::sendBatch),
        Operation.write(FAMILY, "ReceiveMessage", receiving::receive),
        Operation.write(FAMILY, "DeleteMessage", this::delete),
        Operation.write(FAMILY, "DeleteMessageBatch", this::deleteBatch),
        Operation.write(FAMILY, "ChangeMessageVisibility", this::changeVisibility),
        Operation.write(FAMILY, "ChangeMessageVisibilityBatch", this::changeVisibilityBatch),
        Operation.write(FAMILY, "TagQueue", this::tag),
        Operation.write(FAMILY, "UntagQueue", this::untag),
        Operation.read(FAMILY, "ListQueueTags", this::listTags),
        Operation.unsupported(FAMILY, "AddPermission"),
        Operation.unsupported(FAMILY, "RemovePermission"),
        Operation.unsupported(FAMILY, "StartMessageMoveTask"),
        Operation.unsupported(FAMILY, "ListMessageMoveTasks"),
        Operation.unsupported(FAMILY, "CancelMessageMoveTask"));
  }

  /** The bare name in a QueueUrl, which may be a URL, a path or the name itself. */
  static String queue(Fields input) {
    String url = input.text("QueueUrl");
    String trimmed = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    return trimmed.substring(trimmed.lastIndexOf('/') + 1);
  }

  private String url(Call call, String name) {
    return call.baseUrl() + "/" + account + "/" + name;
  }

  private static CompletableFuture<Reply> done(CompletableFuture<?> effect) {
    return effect.thenApply(any -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> create(Call call) {
    Fields input = call.input();
    Map<String, String> tags = input.textMap(input.has("tags") ? "tags" : "Tags");
    return queues
        .create(input.text("QueueName"), input.textMap("Attributes"), tags)
        .thenApply(name -> Reply.of(Reply.object().put("QueueUrl", url(call, name))));
  }

  private CompletableFuture<Reply> getUrl(Call call) {
    String name = call.input().text("QueueName");
    String owner = call.input().textOrNull("QueueOwnerAWSAccountId");
    if (owner != null && !owner.equals(account)) {
      throw new QueueError(
          QueueError.Code.QUEUE_DOES_NOT_EXIST, "The specified queue does not exist.");
    }
    return queues
        .find(name)
        .thenApply(found -> Reply.of(Reply.object().put("QueueUrl", url(call, found))));
  }

  private CompletableFuture<Reply> list(Call call) {
    Fields input = call.input();
    return queues
        .list(
            input.textOrNull("QueueNamePrefix"),
            input.textOrNull("NextToken"),
            input.integerOrNull("MaxResults"))
        .thenApply(found -> listing(call, found, "QueueUrls"));
  }

  private CompletableFuture<Reply> listSources(Call call) {
    Fields input = call.input();
    return queues
        .listDeadLetterSources(
            queue(input), input.textOrNull("NextToken"), input.integerOrNull("MaxResults"))
        .thenApply(found -> listing(call, found, "queueUrls")); // lower case in this one operation
  }

  private Reply listing(Call call, QueueListing found, String member) {
    ObjectNode reply = Reply.object();
    if (!found.queueNames().isEmpty() || member.equals("queueUrls")) { // the latter is required
      ArrayNode urls = reply.putArray(member);
      found.queueNames().forEach(name -> urls.add(url(call, name)));
    }
    if (found.nextToken() != null) {
      reply.put("NextToken", found.nextToken());
    }
    return Reply.of(reply);
  }

  private CompletableFuture<Reply> getAttributes(Call call) {
    return queues
        .attributes(queue(call.input()), call.input().texts("AttributeNames"))
        .thenApply(
            attributes -> {
              ObjectNode reply = Reply.object();
              if (!attributes.isEmpty()) {
                put(reply.putObject("Attributes"), attributes);
              }
              return Reply.of(reply);
            });
  }

  private CompletableFuture<Reply> setAttributes(Call call) {
    Fields input = call.input();
    if (!input.has("Attributes")) {
      throw FAMILY.missing("Attributes");
    }
    return done(queues.setAttributes(queue(input), input.textMap("Attributes")));
  }

  private CompletableFuture<Reply> tag(Call call) {
    Fields input = call.input();
    if (!input.has("Tags")) {
      throw FAMILY.missing("Tags");
    }
    return done(queues.tag(queue(input), input.textMap("Tags")));
  }

  private CompletableFuture<Reply> untag(Call call) {
    return done(queues.untag(queue(call.input()), call.input().texts("TagKeys")));
  }

  private CompletableFuture<Reply> listTags(Call call) {
    return queues
        .tags(queue(call.input()))
        .thenApply(
            tags -> {
              ObjectNode reply = Reply.object();
              if (!tags.isEmpty()) {
                put(reply.putObject("Tags"), tags);
              }
              return Reply.of(reply);
            });
  }

  private static void put(ObjectNode into, Map<String, String> texts) {
    texts.forEach(into::put);
  }

  private CompletableFuture<Reply> send(Call call) {
    return queues
        .send(queue(call.input()), message(call, call.input()))
        .thenApply(
            sent -> {
              ObjectNode reply = Reply.object();
              putSent(reply, sent);
              return Reply.of(reply);
            });
  }

  private CompletableFuture<Reply> sendBatch(Call call) {
    return queues
        .sendBatch(queue(call.input()), entries(call, fields -> message(call, fields)))
        .thenApply(result -> batch(result, QueueOperations::putSent));
  }

  private static SendMessage message(Call call, Fields fields) {
    return new SendMessage(
        fields.text("MessageBody"),
        fields.integerOrNull("DelaySeconds"),
        MessageAttributesWire.read(fields),
        traceHeader(fields),
        fields.textOrNull("MessageGroupId"),
        fields.textOrNull("MessageDeduplicationId"),
        call.caller().principal());
  }

  private static @Nullable String traceHeader(Fields fields) {
    String found = null;
    for (Map.Entry<String, Fields> attribute :
        fields.objectMap("MessageSystemAttributes").entrySet()) {
      if (!attribute.getKey().equals("AWSTraceHeader")) {
        throw FAMILY.invalid(
            "Message system attribute name '%s' is invalid; only AWSTraceHeader can be sent."
                .formatted(attribute.getKey()));
      }
      if (!attribute.getValue().text("DataType").equals("String")) {
        throw FAMILY.invalid(
            "The type of message system attribute 'AWSTraceHeader' must be String.");
      }
      found = attribute.getValue().text("StringValue");
    }
    return found;
  }

  private static void putSent(ObjectNode into, SentMessage sent) {
    into.put("MessageId", sent.messageId());
    into.put("MD5OfMessageBody", sent.md5OfMessageBody());
    putPresent(into, "MD5OfMessageAttributes", sent.md5OfMessageAttributes());
    putPresent(into, "MD5OfMessageSystemAttributes", sent.md5OfMessageSystemAttributes());
    putPresent(into, "SequenceNumber", sent.sequenceNumber());
  }

  private static void putPresent(ObjectNode into, String member, @Nullable String value) {
    if (value != null) {
      into.put(member, value);
    }
  }

  private CompletableFuture<Reply> delete(Call call) {
    return done(queues.deleteMessage(queue(call.input()), call.input().text("ReceiptHandle")));
  }

  private CompletableFuture<Reply> deleteBatch(Call call) {
    return queues
        .deleteMessageBatch(
            queue(call.input()), entries(call, fields -> fields.text("ReceiptHandle")))
        .thenApply(result -> batch(result, (into, any) -> {}));
  }

  private CompletableFuture<Reply> changeVisibility(Call call) {
    return done(queues.changeVisibility(queue(call.input()), change(call.input())));
  }

  private CompletableFuture<Reply> changeVisibilityBatch(Call call) {
    return queues
        .changeVisibilityBatch(queue(call.input()), entries(call, QueueOperations::change))
        .thenApply(result -> batch(result, (into, any) -> {}));
  }

  private static ChangeVisibility change(Fields fields) {
    return new ChangeVisibility(fields.text("ReceiptHandle"), fields.integer("VisibilityTimeout"));
  }

  private static <T> List<BatchEntry<T>> entries(Call call, Function<Fields, T> read) {
    List<BatchEntry<T>> entries = new ArrayList<>();
    List<Fields> given = call.input().objectsOrNull("Entries");
    if (given != null) { // an absent list is an empty batch, and refused as one
      given.forEach(fields -> entries.add(new BatchEntry<>(fields.text("Id"), read.apply(fields))));
    }
    return entries;
  }

  private static <R> Reply batch(BatchResult<R> result, BiConsumer<ObjectNode, R> write) {
    ObjectNode reply = Reply.object();
    ArrayNode successful = reply.putArray("Successful");
    for (BatchResult.Success<R> success : result.successful()) {
      write.accept(successful.addObject().put("Id", success.id()), success.result());
    }
    ArrayNode failed = reply.putArray("Failed");
    for (BatchResult.Failure failure : result.failed()) {
      failed
          .addObject()
          .put("Id", failure.id())
          .put("SenderFault", true)
          .put("Code", failure.error().code().queryCode())
          .put("Message", failure.error().sentence());
    }
    return Reply.of(reply);
  }
}
