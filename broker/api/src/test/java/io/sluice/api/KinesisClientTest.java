package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.KinesisException;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

/** Unmodified Kinesis clients: CBOR over HTTP/1.1, and over HTTP/2 with prior knowledge. */
class KinesisClientTest {
  private static RunningApi api;
  private static KinesisClient kinesis;

  @BeforeAll
  static void start() {
    api = new RunningApi();
    kinesis = api.client(KinesisClient.builder());
  }

  @AfterAll
  static void stop() {
    kinesis.close();
    api.close();
  }

  private static void stream(String name, int shards) {
    kinesis.createStream(r -> r.streamName(name).shardCount(shards));
    kinesis.waiter().waitUntilStreamExists(r -> r.streamName(name));
  }

  @Test
  void recordsGoThroughAStream() {
    stream("round-trip", 2);
    Instant before = Instant.now().minusSeconds(1);
    byte[] data = {0, 1, (byte) 0xFF};
    String sequence =
        kinesis
            .putRecord(
                r ->
                    r.streamName("round-trip").partitionKey("a").data(SdkBytes.fromByteArray(data)))
            .sequenceNumber();
    List<Record> records = read("round-trip", ShardIteratorType.TRIM_HORIZON, null);
    assertThat(records).hasSize(1);
    Record record = records.get(0);
    assertThat(record.data().asByteArray()).isEqualTo(data);
    assertThat(record.partitionKey()).isEqualTo("a");
    assertThat(record.sequenceNumber()).isEqualTo(sequence);
    assertThat(record.approximateArrivalTimestamp())
        .isBetween(before, Instant.now().plusSeconds(1));
    assertThat(read("round-trip", ShardIteratorType.AT_TIMESTAMP, before)).hasSize(1);
    assertThat(read("round-trip", ShardIteratorType.LATEST, null)).isEmpty();
  }

  private static List<Record> read(String stream, ShardIteratorType type, Instant timestamp) {
    List<Record> records = new ArrayList<>();
    for (var shard : kinesis.listShards(r -> r.streamName(stream)).shards()) {
      String iterator =
          kinesis
              .getShardIterator(
                  r ->
                      r.streamName(stream)
                          .shardId(shard.shardId())
                          .shardIteratorType(type)
                          .timestamp(timestamp))
              .shardIterator();
      records.addAll(kinesis.getRecords(r -> r.shardIterator(iterator)).records());
    }
    return records;
  }

  @Test
  void aBatchIsAnsweredInItsOrder() {
    stream("batch", 4);
    List<PutRecordsRequestEntry> entries = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      entries.add(
          PutRecordsRequestEntry.builder()
              .partitionKey("key" + i)
              .data(SdkBytes.fromUtf8String("r" + i))
              .build());
    }
    PutRecordsResponse response = kinesis.putRecords(r -> r.streamName("batch").records(entries));
    assertThat(response.failedRecordCount()).isZero();
    assertThat(response.records()).hasSize(20).allMatch(r -> r.errorCode() == null);
    assertThat(read("batch", ShardIteratorType.TRIM_HORIZON, null)).hasSize(20);
  }

  @Test
  void aStreamIsDescribedAndDeleted() {
    stream("described", 3);
    var summary =
        kinesis.describeStreamSummary(r -> r.streamName("described")).streamDescriptionSummary();
    assertThat(summary.streamStatus()).isEqualTo(StreamStatus.ACTIVE);
    assertThat(summary.openShardCount()).isEqualTo(3);
    assertThat(summary.streamARN())
        .isEqualTo("arn:aws:kinesis:local:000000000000:stream/described");
    assertThat(Duration.between(summary.streamCreationTimestamp(), Instant.now()).abs())
        .isLessThan(Duration.ofMinutes(1));
    assertThat(kinesis.listStreams().streamNames()).contains("described");
    kinesis.deleteStream(r -> r.streamARN(summary.streamARN()));
    kinesis.waiter().waitUntilStreamNotExists(r -> r.streamName("described"));
  }

  @Test
  void errorsAreTheSdksOwnClasses() {
    stream("errors", 1);
    assertThatThrownBy(() -> kinesis.describeStream(r -> r.streamName("nowhere")))
        .isInstanceOfSatisfying(
            ResourceNotFoundException.class,
            e ->
                assertThat(e.awsErrorDetails().errorMessage())
                    .isEqualTo("Stream nowhere under account 000000000000 not found."));
    assertThatThrownBy(() -> kinesis.createStream(r -> r.streamName("errors").shardCount(1)))
        .isInstanceOf(ResourceInUseException.class);
    assertThatThrownBy(
            () -> kinesis.registerStreamConsumer(r -> r.streamARN("a").consumerName("c")))
        .isInstanceOfSatisfying(
            KinesisException.class,
            e ->
                assertThat(e.awsErrorDetails().errorMessage())
                    .contains("RegisterStreamConsumer is not supported"));
  }

  @Test
  void theAsyncClientSpeaksHttp2FromTheFirstByte() {
    stream("async", 1);
    try (KinesisAsyncClient async =
        api.client(
            KinesisAsyncClient.builder().httpClientBuilder(NettyNioAsyncHttpClient.builder()))) {
      String shard =
          async
              .putRecord(
                  r ->
                      r.streamName("async")
                          .partitionKey("k")
                          .data(SdkBytes.fromUtf8String("over h2c")))
              .join()
              .shardId();
      String iterator =
          async
              .getShardIterator(
                  r ->
                      r.streamName("async")
                          .shardId(shard)
                          .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
              .join()
              .shardIterator();
      assertThat(async.getRecords(r -> r.shardIterator(iterator)).join().records())
          .singleElement()
          .satisfies(r -> assertThat(r.data().asUtf8String()).isEqualTo("over h2c"));
      assertThatThrownBy(() -> async.describeStream(r -> r.streamName("nowhere")).join())
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(ResourceNotFoundException.class);
    }
  }

  @Test
  void jsonClientsAreAnsweredInJson() {
    stream("json", 1);
    HttpResponse<String> put =
        HandMade.json(
                api.port(),
                "Kinesis_20131202.PutRecord",
                "{\"StreamName\":\"json\",\"Data\":\"aGk=\",\"PartitionKey\":\"k\",\"Unknown\":1}")
            .send();
    assertThat(put.statusCode()).isEqualTo(200);
    assertThat(put.headers().firstValue("content-type")).contains("application/x-amz-json-1.1");
    assertThat(put.headers().firstValue("x-amz-id-2")).isPresent();
    HttpResponse<String> described =
        HandMade.json(
                api.port(), "Kinesis_20131202.DescribeStreamSummary", "{\"StreamName\":\"json\"}")
            .send();
    assertThat(described.body())
        .containsPattern("\"StreamCreationTimestamp\":[0-9]{10}\\.[0-9]{1,3}[,}]");
    HttpResponse<String> wrongType =
        HandMade.json(
                api.port(), "Kinesis_20131202.CreateStream", "{\"StreamName\":[\"secret-name\"]}")
            .send();
    assertThat(wrongType.statusCode()).isEqualTo(400);
    assertThat(wrongType.body())
        .contains("SerializationException", "StreamName")
        .doesNotContain("secret-name");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1E999999999", "1E-999999999", "1E30", "\"now\"", "[]"})
  void aTimeThatIsNoneIsRefusedAtOnce(String time) {
    HttpResponse<String> response =
        HandMade.json(
                api.port(),
                "Kinesis_20131202.GetShardIterator",
                "{\"StreamName\":\"s\",\"ShardId\":\"shardId-000000000000\",\"ShardIteratorType\":\"AT_TIMESTAMP\",\"Timestamp\":%s}"
                    .formatted(time))
            .send();
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("SerializationException", "Timestamp");
  }
}
