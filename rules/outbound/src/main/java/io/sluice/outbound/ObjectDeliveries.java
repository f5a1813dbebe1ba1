package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.engine.Carrier.Delivery;
import io.sluice.engine.Carrier.Outcome;
import io.sluice.engine.Carrier.Output;
import io.sluice.firehose.ObjectTarget;
import java.io.IOException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/**
 * The {@code s3} action: one object for each message, a file below the folder of deliveries, or
 * with an endpoint an object of any store that speaks S3. Source: AWS IoT Developer Guide, "S3".
 */
final class ObjectDeliveries implements Client {
  private static final int KEY_BYTES_MAX = 1024;

  private final AwsClients clients;
  private final ObjectTarget objects;

  ObjectDeliveries(AwsClients clients, ObjectTarget objects) {
    this.clients = clients;
    this.objects = objects;
  }

  @Override
  public String check(JsonNode fields) {
    return clients.check(fields);
  }

  @Override
  public Outcome carry(Delivery delivery) {
    JsonNode fields = delivery.fields();
    String bucket = fields.path("bucketName").asText();
    String key = fields.path("key").asText();
    if (bucket.isEmpty() || key.isEmpty() || key.length() > KEY_BYTES_MAX) {
      return new Outcome.Refused(
          "bucketName and key must not be empty, and key at most 1024 bytes; found %d"
              .formatted(key.length()));
    }
    if (!fields.has("endpoint")) {
      try {
        objects.write(bucket, key, out -> out.write(delivery.body()));
        return Outcome.DELIVERED;
      } catch (IOException | RuntimeException failed) {
        return new Outcome.Retry(
            "the object cannot be written (%s)".formatted(failed.getClass().getSimpleName()));
      }
    }
    try {
      S3Client s3 =
          clients.client(S3Client.class, fields, () -> S3Client.builder().forcePathStyle(true));
      PutObjectRequest.Builder put =
          PutObjectRequest.builder()
              .bucket(bucket)
              .key(key)
              .contentType(
                  delivery.output() == Output.JSON
                      ? "application/json"
                      : "application/octet-stream");
      if (fields.has("cannedAcl")) {
        put.acl(fields.path("cannedAcl").asText());
      }
      AwsClients.call(() -> s3.putObject(put.build(), RequestBody.fromBytes(delivery.body())));
      return Outcome.DELIVERED;
    } catch (AwsClients.AwsFailed failed) {
      return failed.outcome();
    }
  }
}
