package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.engine.Carrier;
import io.sluice.engine.Carrier.Delivery;
import io.sluice.engine.Carrier.Outcome;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;

/**
 * The {@code kinesis} action with an endpoint. Source: AWS IoT Developer Guide, "Kinesis Streams".
 */
final class KinesisDeliveries implements Client {
  private static final Carrier.Batching BATCHES = new Carrier.Batching(500, 4 << 20, 0, false);

  private final AwsClients clients;

  KinesisDeliveries(AwsClients clients) {
    this.clients = clients;
  }

  @Override
  public String check(JsonNode fields) {
    return clients.check(fields);
  }

  @Override
  public Carrier.Batching batching(JsonNode fields) {
    return BATCHES;
  }

  @Override
  public String group(JsonNode filled) {
    return filled.path("streamName").asText();
  }

  @Override
  public List<Outcome> carry(List<Delivery> deliveries) {
    JsonNode fields = deliveries.get(0).fields();
    try {
      KinesisClient kinesis = clients.client(KinesisClient.class, fields, KinesisClient::builder);
      List<PutRecordsRequestEntry> entries =
          deliveries.stream()
              .map(
                  delivery ->
                      PutRecordsRequestEntry.builder()
                          .partitionKey(
                              delivery
                                  .fields()
                                  .path("partitionKey")
                                  .asText(delivery.id().toString()))
                          .data(SdkBytes.fromByteArrayUnsafe(delivery.body()))
                          .build())
              .toList();
      PutRecordsResponse answer =
          AwsClients.call(
              () ->
                  kinesis.putRecords(
                      r -> r.streamName(fields.path("streamName").asText()).records(entries)));
      List<Outcome> outcomes = new ArrayList<>();
      for (PutRecordsResultEntry entry : answer.records()) { // throttled, or broken inside
        outcomes.add(
            entry.errorCode() == null ? Outcome.DELIVERED : new Outcome.Retry(entry.errorCode()));
      }
      return outcomes;
    } catch (AwsClients.AwsFailed failed) {
      return Client.all(deliveries, failed.outcome());
    }
  }

  @Override
  public Outcome carry(Delivery delivery) {
    return carry(List.of(delivery)).get(0);
  }
}
