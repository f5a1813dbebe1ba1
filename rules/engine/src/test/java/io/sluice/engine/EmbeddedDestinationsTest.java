package io.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.Ledger.Entry;
import io.sluice.firehose.DeliveryLimits;
import io.sluice.firehose.DeliverySettings;
import io.sluice.firehose.DeliveryStreams;
import io.sluice.firehose.FirehoseRequests.BufferingHints;
import io.sluice.firehose.FirehoseRequests.CreateDeliveryStream;
import io.sluice.firehose.FirehoseRequests.S3Destination;
import io.sluice.message.PublishProperties;
import io.sluice.queue.QueueLimits;
import io.sluice.queue.Queues;
import io.sluice.queue.ReceiveMessage;
import io.sluice.queue.ReceivedMessage;
import io.sluice.store.Partitions;
import io.sluice.stream.StreamLimits;
import io.sluice.stream.StreamRequests.CreateStream;
import io.sluice.stream.StreamRequests.GetRecords;
import io.sluice.stream.StreamRequests.GetShardIterator;
import io.sluice.stream.StreamSettings;
import io.sluice.stream.Streams;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Rules into the real queues, streams and delivery streams of the house. */
class EmbeddedDestinationsTest {
  private static final String ACCOUNT = "123456789012";
  private static final String TO_Q =
      "'actions': [{'sqs': {'queueUrl': 'http://127.0.0.1/1/q'}}],"
          + " 'errorAction': {'sqs': {'queueUrl': 'u/errors'}}";

  private record Rooms(Queues queues, Streams streams, DeliveryStreams deliveries) {}

  private final List<Rooms> made = new ArrayList<>();
  private final List<String> objects = new ArrayList<>();
  private final RulesHouse house = new RulesHouse(this::rooms);

  private Destinations rooms(Partitions partitions) {
    Rooms rooms =
        new Rooms(
            new Queues(partitions, "local", ACCOUNT, QueueLimits.STANDARD),
            new Streams(partitions, StreamSettings.of(ACCOUNT, "local", StreamLimits.standard())),
            new DeliveryStreams(
                partitions,
                new DeliverySettings(ACCOUNT, "local", DeliveryLimits.standard()),
                (bucket, key, body) -> {
                  ByteArrayOutputStream out = new ByteArrayOutputStream();
                  body.writeTo(out);
                  objects.add(out.toString(StandardCharsets.UTF_8));
                  return key;
                },
                Runnable::run));
    made.add(rooms);
    return new EmbeddedDestinations(rooms.queues(), rooms.streams(), rooms.deliveries());
  }

  private Rooms rooms() {
    return made.get(made.size() - 1);
  }

  private void createAll() {
    house.await(rooms().queues().create("q", Map.of(), Map.of()));
    house.await(rooms().queues().create("errors", Map.of(), Map.of()));
    house.await(rooms().streams().createStream(new CreateStream("s", 1, null, Map.of())));
    house.await(
        rooms()
            .deliveries()
            .createDeliveryStream(
                new CreateDeliveryStream(
                    "d",
                    null,
                    S3Destination.of("arn:aws:s3:::lake", new BufferingHints(1, 60)),
                    null,
                    null)));
  }

  private List<ReceivedMessage> received(String queue) {
    return house.await(rooms().queues().receive(queue, ReceiveMessage.now(10)));
  }

  @Test
  void oneMessageReachesQueueStreamAndDelivery() {
    createAll();
    house.create(
        "r",
        "SELECT n FROM 'a'",
        """
        'actions': [{'sqs': {'queueUrl': 'http://127.0.0.1/1/q'}},
                    {'kinesis': {'streamName': 's', 'partitionKey': '${clientid()}'}},
                    {'firehose': {'deliveryStreamName': 'd', 'separator': '\\n', 'batchMode': true}}]
        """);
    house.publish("a", "{\"n\": 1}");
    house.publish("a", "{\"n\": 2}");
    house.simulation.advance(61_000);
    assertThat(received("q"))
        .extracting(ReceivedMessage::body)
        .containsExactlyInAnyOrder("{\"n\":1}", "{\"n\":2}");
    assertThat(records()).containsExactly("{\"n\":1}", "{\"n\":2}");
    assertThat(objects).containsExactly("{\"n\":1}\n{\"n\":2}\n");
    assertThat(house.count("r", Entry.DELIVERED)).isEqualTo(6);
    assertThat(house.count("r", Entry.ACTION_FAILED)).isZero();
  }

  private List<String> records() {
    Streams streams = rooms().streams();
    String iterator =
        house
            .await(
                streams.getShardIterator(
                    new GetShardIterator(
                        "s", null, "shardId-000000000000", "TRIM_HORIZON", null, null)))
            .shardIterator();
    return house.await(streams.getRecords(new GetRecords(iterator, null, null))).records().stream()
        .map(record -> new String(record.data(), StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void bodiesThatNoQueueTakesAreFailedActionsAndTheErrorActionHasTheOriginal() {
    createAll();
    house.create("r", "SELECT * FROM 'a'", TO_Q);
    house.publish(house.message("a", new byte[] {(byte) 0xFF, 0}, PublishProperties.NONE));
    house.publish(house.message("a", new byte[] {1}, PublishProperties.NONE));
    house.publish(house.message("a", new byte[0], PublishProperties.NONE));
    house.publish(
        house.message(
            "a", "x".repeat(1_048_577).getBytes(StandardCharsets.UTF_8), PublishProperties.NONE));
    assertThat(received("q")).isEmpty();
    assertThat(house.count("r", Entry.MATCHED)).isEqualTo(4);
    assertThat(house.count("r", Entry.ACTION_FAILED)).isEqualTo(4);
    assertThat(house.count("r", Entry.ERROR_ACTION_DELIVERED)).isEqualTo(3);
    assertThat(house.count("r", Entry.ERROR_ACTION_FAILED))
        .as("one error's payload is itself too large for a queue")
        .isEqualTo(1);
    assertThat(received("errors"))
        .extracting(
            message -> RulesHouse.json(message.body()).path("base64OriginalPayload").asText())
        .containsExactlyInAnyOrder("/wA=", "AQ==", "");
    assertThat(house.isIdle()).isTrue();
  }

  @Test
  void missingDestinationsAreFailedActions() {
    house.create(
        "r",
        "SELECT * FROM 'a'",
        """
        'actions': [{'sqs': {'queueUrl': 'u/q'}}, {'sqs': {'queueUrl': 'u/${odd}'}},
                    {'kinesis': {'streamName': 's'}}, {'kinesis': {'streamName': '${odd}'}},
                    {'firehose': {'deliveryStreamName': 'd'}}, {'firehose': {'deliveryStreamName': '${odd}'}},
                    {'kinesis': {'streamName': 's', 'partitionKey': '${long}'}}]
        """);
    house.publish("a", "{\"odd\": \"\\u0000 /\", \"long\": \"%s\"}".formatted("x".repeat(300)));
    assertThat(house.count("r", Entry.ACTION_FAILED)).isEqualTo(7);
    assertThat(house.isIdle()).isTrue();
  }

  @Test
  void aMessageHasTheSameIdentifierWhenItComesAgain() {
    assertThat(new Place(1, 7).id("r/0/sqs")).isEqualTo(new Place(1, 7).id("r/0/sqs"));
    assertThat(new Place(1, 7).id("r/0/sqs")).isNotEqualTo(new Place(1, 7).id("r/1/sqs"));
    assertThat(new Place(1, 7).traceId(9)).isEqualTo(new Place(1, 7).traceId(9));
    assertThat(new Place(1, 7).seed("r", 9)).isNotEqualTo(new Place(1, 7).seed("s", 9));
  }
}
