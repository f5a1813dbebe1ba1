package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.engine.Carrier.Delivery;
import io.sluice.engine.Carrier.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.firehose.model.PutRecordBatchResponse;
import software.amazon.awssdk.services.firehose.model.Record;

/**
 * The {@code firehose} action with an endpoint. Source: AWS IoT Developer Guide, "Firehose". In
 * batch mode each element of an array is a record; when a part of them is not taken all are put
 * again.
 */
final class FirehoseDeliveries implements Client {
  private static final int RECORDS_MAX = 500; // of PutRecordBatch
  private static final ObjectMapper JSON = Items.EXACT;

  private final AwsClients clients;

  FirehoseDeliveries(AwsClients clients) {
    this.clients = clients;
  }

  @Override
  public String check(JsonNode fields) {
    return clients.check(fields);
  }

  @Override
  public Outcome carry(Delivery delivery) {
    JsonNode fields = delivery.fields();
    try {
      FirehoseClient firehose =
          clients.client(FirehoseClient.class, fields, FirehoseClient::builder);
      List<Record> records = records(delivery);
      for (int from = 0; from < records.size(); from += RECORDS_MAX) {
        List<Record> some = records.subList(from, Math.min(records.size(), from + RECORDS_MAX));
        PutRecordBatchResponse answer =
            AwsClients.call(
                () ->
                    firehose.putRecordBatch(
                        r ->
                            r.deliveryStreamName(fields.path("deliveryStreamName").asText())
                                .records(some)));
        if (answer.failedPutCount() > 0) {
          return new Outcome.Retry(
              "%d of %d records were not taken".formatted(answer.failedPutCount(), some.size()));
        }
      }
      return Outcome.DELIVERED;
    } catch (AwsClients.AwsFailed failed) {
      return failed.outcome();
    }
  }

  private static List<Record> records(Delivery delivery) {
    byte[] separator =
        delivery.fields().path("separator").asText("").getBytes(StandardCharsets.UTF_8);
    List<Record> records = new ArrayList<>();
    try {
      JsonNode tree =
          delivery.fields().path("batchMode").asBoolean() ? JSON.readTree(delivery.body()) : null;
      if (tree != null && tree.isArray()) {
        for (JsonNode element : tree) {
          records.add(record(JSON.writeValueAsBytes(element), separator));
        }
        return records;
      }
    } catch (IOException notJson) {
      // then the body is the record
    }
    records.add(record(delivery.body(), separator));
    return records;
  }

  private static Record record(byte[] body, byte[] separator) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.writeBytes(body);
    data.writeBytes(separator);
    return Record.builder().data(SdkBytes.fromByteArrayUnsafe(data.toByteArray())).build();
  }
}
