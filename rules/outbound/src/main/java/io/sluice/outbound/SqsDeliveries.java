package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.engine.Carrier;
import io.sluice.engine.Carrier.Delivery;
import io.sluice.engine.Carrier.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResponse;

/** The {@code sqs} action with an endpoint. Source: AWS IoT Developer Guide, "SQS". */
final class SqsDeliveries implements Client {
  private static final Carrier.Batching BATCHES = new Carrier.Batching(10, 200_000, 0, false);

  private final AwsClients clients;

  SqsDeliveries(AwsClients clients) {
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
    return filled.path("queueUrl").asText();
  }

  @Override
  public List<Outcome> carry(List<Delivery> deliveries) {
    JsonNode fields = deliveries.get(0).fields();
    List<Outcome> outcomes =
        new ArrayList<>(Collections.nCopies(deliveries.size(), Outcome.DELIVERED));
    try {
      SqsClient sqs = clients.client(SqsClient.class, fields, SqsClient::builder);
      List<SendMessageBatchRequestEntry> entries = new ArrayList<>();
      for (int i = 0; i < deliveries.size(); i++) {
        entries.add(
            SendMessageBatchRequestEntry.builder()
                .id(String.valueOf(i))
                .messageBody(body(deliveries.get(i)))
                .build());
      }
      SendMessageBatchResponse answer =
          AwsClients.call(
              () ->
                  sqs.sendMessageBatch(
                      r -> r.queueUrl(fields.path("queueUrl").asText()).entries(entries)));
      for (BatchResultErrorEntry failed : answer.failed()) {
        outcomes.set(
            Integer.parseInt(failed.id()),
            Boolean.TRUE.equals(failed.senderFault())
                ? new Outcome.Refused(failed.code())
                : new Outcome.Retry(failed.code()));
      }
      return outcomes;
    } catch (AwsClients.AwsFailed failed) {
      return Client.all(deliveries, failed.outcome());
    }
  }

  private static String body(Delivery delivery) {
    return delivery.fields().path("useBase64").asBoolean()
        ? Base64.getEncoder().encodeToString(delivery.body())
        : new String(delivery.body(), StandardCharsets.UTF_8);
  }

  @Override
  public Outcome carry(Delivery delivery) {
    return carry(List.of(delivery)).get(0);
  }
}
