package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.firehose.model.CompressionFormat;
import software.amazon.awssdk.services.firehose.model.DeliveryStreamStatus;
import software.amazon.awssdk.services.firehose.model.FirehoseException;
import software.amazon.awssdk.services.firehose.model.PutRecordBatchResponse;
import software.amazon.awssdk.services.firehose.model.Record;
import software.amazon.awssdk.services.firehose.model.ResourceNotFoundException;

/** An unmodified Firehose client. */
class FirehoseClientTest {
  private static RunningApi api;
  private static FirehoseClient firehose;

  @BeforeAll
  static void start() {
    api = new RunningApi();
    firehose = api.client(FirehoseClient.builder());
  }

  @AfterAll
  static void stop() {
    firehose.close();
    api.close();
  }

  private static void create(String name) {
    firehose.createDeliveryStream(
        r ->
            r.deliveryStreamName(name)
                .extendedS3DestinationConfiguration(
                    s3 ->
                        s3.roleARN("arn:aws:iam::000000000000:role/any")
                            .bucketARN("arn:aws:s3:::lake")
                            .prefix(name + "/")
                            .compressionFormat(CompressionFormat.UNCOMPRESSED)
                            .bufferingHints(h -> h.sizeInMBs(1).intervalInSeconds(0))));
  }

  private static Record record(String text) {
    return Record.builder().data(SdkBytes.fromUtf8String(text)).build();
  }

  @Test
  void recordsBecomeObjects() {
    create("objects");
    assertThat(
            firehose
                .putRecord(r -> r.deliveryStreamName("objects").record(record("one\n")))
                .recordId())
        .isNotBlank();
    PutRecordBatchResponse batch =
        firehose.putRecordBatch(
            r -> r.deliveryStreamName("objects").records(record("two\n"), record("three\n")));
    assertThat(batch.failedPutCount()).isZero();
    assertThat(batch.requestResponses()).hasSize(2);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(
                        api.delivered.entrySet().stream()
                            .filter(object -> object.getKey().startsWith("lake/objects/"))
                            .map(object -> new String(object.getValue(), StandardCharsets.UTF_8))
                            .reduce("", String::concat)
                            .lines())
                    .containsExactlyInAnyOrder("one", "two", "three"));
  }

  @Test
  void aDeliveryStreamIsDescribedListedAndDeleted() {
    create("described");
    var description =
        firehose
            .describeDeliveryStream(r -> r.deliveryStreamName("described"))
            .deliveryStreamDescription();
    assertThat(description.deliveryStreamStatus()).isEqualTo(DeliveryStreamStatus.ACTIVE);
    assertThat(description.deliveryStreamARN())
        .isEqualTo("arn:aws:firehose:local:000000000000:deliverystream/described");
    assertThat(description.createTimestamp()).isNotNull();
    assertThat(description.destinations().get(0).extendedS3DestinationDescription().bucketARN())
        .isEqualTo("arn:aws:s3:::lake");
    assertThat(firehose.listDeliveryStreams().deliveryStreamNames()).contains("described");
    firehose.deleteDeliveryStream(r -> r.deliveryStreamName("described"));
    await()
        .untilAsserted(
            () ->
                assertThatThrownBy(
                        () ->
                            firehose.describeDeliveryStream(r -> r.deliveryStreamName("described")))
                    .isInstanceOf(ResourceNotFoundException.class));
  }

  @Test
  void whatItCannotDoIsNoSuccess() {
    assertThatThrownBy(
            () ->
                firehose.createDeliveryStream(
                    r ->
                        r.deliveryStreamName("http")
                            .httpEndpointDestinationConfiguration(
                                h ->
                                    h.endpointConfiguration(e -> e.url("https://localhost/"))
                                        .s3Configuration(
                                            s3 ->
                                                s3.roleARN("arn:aws:iam::000000000000:role/any")
                                                    .bucketARN("arn:aws:s3:::lake")))))
        .isInstanceOf(FirehoseException.class);
    assertThatThrownBy(() -> firehose.startDeliveryStreamEncryption(r -> r.deliveryStreamName("x")))
        .isInstanceOfSatisfying(
            FirehoseException.class,
            e ->
                assertThat(e.awsErrorDetails().errorMessage())
                    .contains("StartDeliveryStreamEncryption is not supported"));
  }
}
