package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.InvalidMessageContentsException;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;
import software.amazon.awssdk.services.sqs.model.QueueNameExistsException;
import software.amazon.awssdk.services.sqs.model.ReceiptHandleIsInvalidException;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResponse;
import software.amazon.awssdk.services.sqs.model.SqsException;
import software.amazon.awssdk.services.sqs.model.TooManyEntriesInBatchRequestException;

/** An unmodified SQS client of the AWS SDK, which checks every MD5 itself. */
class SqsClientTest {
  private static RunningApi api;
  private static SqsClient sqs;

  @BeforeAll
  static void start() {
    api = new RunningApi();
    sqs = api.client(SqsClient.builder());
  }

  @AfterAll
  static void stop() {
    sqs.close();
    api.close();
  }

  private static String queue(String name) {
    return sqs.createQueue(r -> r.queueName(name)).queueUrl();
  }

  @Test
  void aMessageGoesThroughAQueue() {
    String url = queue("round-trip");
    assertThat(url).isEqualTo(api.url() + "/000000000000/round-trip");
    String id = sqs.sendMessage(r -> r.queueUrl(url).messageBody("grüße & <xml>")).messageId();
    Message message = sqs.receiveMessage(r -> r.queueUrl(url)).messages().get(0);
    assertThat(message.body()).isEqualTo("grüße & <xml>");
    assertThat(message.messageId()).isEqualTo(id);
    assertThat(message.hasAttributes()).isFalse();
    sqs.deleteMessage(r -> r.queueUrl(url).receiptHandle(message.receiptHandle()));
    assertThat(
            sqs.getQueueAttributes(
                    r ->
                        r.queueUrl(url)
                            .attributeNames(
                                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
                                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE))
                .attributesAsStrings())
        .containsOnly(
            Map.entry("ApproximateNumberOfMessages", "0"),
            Map.entry("ApproximateNumberOfMessagesNotVisible", "0"));
  }

  @Test
  void attributesComeBackWhenAskedFor() {
    String url = queue("attributes");
    sqs.sendMessage(
        r ->
            r.queueUrl(url)
                .messageBody("x")
                .messageAttributes(
                    Map.of(
                        "Text", attribute("String", "t"),
                        "Number.x", attribute("Number", "1.5"),
                        "Bytes",
                            MessageAttributeValue.builder()
                                .dataType("Binary")
                                .binaryValue(SdkBytes.fromByteArray(new byte[] {0, (byte) 0xFF}))
                                .build())));
    Message message =
        sqs.receiveMessage(
                r ->
                    r.queueUrl(url)
                        .messageAttributeNames("Text", "Byt.*")
                        .messageSystemAttributeNames(
                            MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT,
                            MessageSystemAttributeName.SENDER_ID))
            .messages()
            .get(0);
    assertThat(message.messageAttributes()).containsOnlyKeys("Text", "Bytes");
    assertThat(message.messageAttributes().get("Bytes").binaryValue().asByteArray())
        .containsExactly(0, 0xFF);
    assertThat(message.attributesAsStrings())
        .containsOnly(
            Map.entry("ApproximateReceiveCount", "1"), Map.entry("SenderId", HandMade.ADMIN.id()));
  }

  private static MessageAttributeValue attribute(String type, String value) {
    return MessageAttributeValue.builder().dataType(type).stringValue(value).build();
  }

  @Test
  void aBatchTellsWhichEntriesFailed() {
    String url = queue("batch");
    SendMessageBatchResponse sent =
        sqs.sendMessageBatch(
            r -> r.queueUrl(url).entries(entry("good", "a"), entry("bad", "\u0001")));
    assertThat(sent.successful())
        .singleElement()
        .satisfies(s -> assertThat(s.id()).isEqualTo("good"));
    assertThat(sent.failed())
        .singleElement()
        .satisfies(
            f -> {
              assertThat(f.id()).isEqualTo("bad");
              assertThat(f.code()).isEqualTo("InvalidMessageContents");
              assertThat(f.senderFault()).isTrue();
            });
    List<Message> messages = sqs.receiveMessage(r -> r.queueUrl(url)).messages();
    assertThat(
            sqs.deleteMessageBatch(
                    r ->
                        r.queueUrl(url)
                            .entries(
                                List.of(
                                    deletion("1", messages.get(0).receiptHandle()),
                                    deletion("2", "garbage"))))
                .failed())
        .singleElement()
        .satisfies(f -> assertThat(f.code()).isEqualTo("ReceiptHandleIsInvalid"));
  }

  private static DeleteMessageBatchRequestEntry deletion(String id, String receiptHandle) {
    return DeleteMessageBatchRequestEntry.builder().id(id).receiptHandle(receiptHandle).build();
  }

  private static SendMessageBatchRequestEntry entry(String id, String body) {
    return SendMessageBatchRequestEntry.builder().id(id).messageBody(body).build();
  }

  @Test
  void aLongPollEndsWhenAMessageComes() {
    String url = queue("long-poll");
    Instant before = Instant.now();
    CompletableFuture<List<Message>> waiting =
        CompletableFuture.supplyAsync(
            () -> sqs.receiveMessage(r -> r.queueUrl(url).waitTimeSeconds(20)).messages());
    sqs.sendMessage(r -> r.queueUrl(url).messageBody("wake up"));
    assertThat(waiting.join())
        .singleElement()
        .satisfies(m -> assertThat(m.body()).isEqualTo("wake up"));
    assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void errorsAreTheSdksOwnClassesWithTheOldCodes() {
    String url = queue("errors");
    assertThatThrownBy(() -> sqs.getQueueUrl(r -> r.queueName("nowhere")))
        .isInstanceOfSatisfying(
            QueueDoesNotExistException.class,
            e -> {
              assertThat(e.awsErrorDetails().errorCode())
                  .isEqualTo("AWS.SimpleQueueService.NonExistentQueue");
              assertThat(e.awsErrorDetails().errorMessage())
                  .isEqualTo("The specified queue does not exist.");
              assertThat(e.requestId()).isNotBlank();
            });
    assertThatThrownBy(
            () ->
                sqs.createQueue(
                    r ->
                        r.queueName("errors")
                            .attributes(Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "5"))))
        .isInstanceOf(QueueNameExistsException.class);
    assertThatThrownBy(() -> sqs.sendMessage(r -> r.queueUrl(url).messageBody("\u0001")))
        .isInstanceOf(InvalidMessageContentsException.class);
    assertThatThrownBy(() -> sqs.deleteMessage(r -> r.queueUrl(url).receiptHandle("garbage")))
        .isInstanceOf(ReceiptHandleIsInvalidException.class);
    assertThatThrownBy(() -> sqs.receiveMessage(r -> r.queueUrl(url).maxNumberOfMessages(11)))
        .isInstanceOfSatisfying(
            SqsException.class,
            e ->
                assertThat(e.awsErrorDetails().errorMessage())
                    .isEqualTo(
                        "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."));
    List<SendMessageBatchRequestEntry> eleven =
        java.util.stream.IntStream.range(0, 11).mapToObj(i -> entry("e" + i, "x")).toList();
    assertThatThrownBy(() -> sqs.sendMessageBatch(r -> r.queueUrl(url).entries(eleven)))
        .isInstanceOf(TooManyEntriesInBatchRequestException.class);
    assertThatThrownBy(
            () ->
                sqs.addPermission(
                    r -> r.queueUrl(url).label("l").awsAccountIds("000000000000").actions("*")))
        .isInstanceOfSatisfying(
            SqsException.class,
            e ->
                assertThat(e.awsErrorDetails().errorMessage())
                    .contains("AddPermission is not supported"));
  }

  @Test
  void queuesAreListedTaggedChangedAndDeleted() {
    String url = queue("list-b");
    queue("list-a");
    assertThat(sqs.listQueues(r -> r.queueNamePrefix("list-")).queueUrls())
        .containsExactly(api.url() + "/000000000000/list-a", url);
    assertThat(sqs.listQueues(r -> r.queueNamePrefix("none")).hasQueueUrls()).isFalse();
    assertThat(sqs.listQueuesPaginator(r -> r.queueNamePrefix("list-").maxResults(1)).queueUrls())
        .hasSize(2);
    sqs.tagQueue(r -> r.queueUrl(url).tags(Map.of("team", "a")));
    assertThat(sqs.listQueueTags(r -> r.queueUrl(url)).tags()).containsEntry("team", "a");
    sqs.setQueueAttributes(
        r -> r.queueUrl(url).attributes(Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "7")));
    assertThat(
            sqs.getQueueAttributes(r -> r.queueUrl(url).attributeNames(QueueAttributeName.ALL))
                .attributesAsStrings())
        .containsEntry("VisibilityTimeout", "7")
        .containsEntry("QueueArn", "arn:aws:sqs:local:000000000000:list-b");
    sqs.deleteQueue(r -> r.queueUrl(url));
    assertThatThrownBy(() -> sqs.purgeQueue(r -> r.queueUrl(url)))
        .isInstanceOf(QueueDoesNotExistException.class);
  }

  @Test
  void aReaderMayLookAndNotReceive() {
    String url = queue("reader");
    try (SqsClient reader = api.client(SqsClient.builder(), HandMade.READER)) {
      assertThat(reader.getQueueUrl(r -> r.queueName("reader")).queueUrl()).isEqualTo(url);
      assertThatThrownBy(() -> reader.receiveMessage(r -> r.queueUrl(url)))
          .isInstanceOfSatisfying(
              SqsException.class,
              e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("AccessDenied"));
    }
  }

  @Test
  void aPollerThatHungUpEatsNoMessage() throws IOException {
    String url = queue("hang-up");
    HandMade poll =
        HandMade.json(
            api.port(),
            "AmazonSQS.ReceiveMessage",
            "{\"QueueUrl\":\"%s\",\"WaitTimeSeconds\":20}".formatted(url));
    try (Socket socket = poll.sendOverSocket()) {
      await().until(() -> api.active() == 1 && socket.isConnected());
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> api.active() == 0);
    sqs.sendMessage(r -> r.queueUrl(url).messageBody("still here"));
    assertThat(sqs.receiveMessage(r -> r.queueUrl(url).waitTimeSeconds(5)).messages()).hasSize(1);
  }
}
