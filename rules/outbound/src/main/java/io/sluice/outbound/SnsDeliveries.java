package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.engine.Carrier.Delivery;
import io.sluice.engine.Carrier.Outcome;
import java.nio.charset.StandardCharsets;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.model.PublishRequest;

/** The {@code sns} action. Source: AWS IoT Developer Guide, "SNS". */
final class SnsDeliveries implements Client {
  private final AwsClients clients;

  SnsDeliveries(AwsClients clients) {
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
      SnsClient sns = clients.client(SnsClient.class, fields, SnsClient::builder);
      PublishRequest.Builder publish =
          PublishRequest.builder()
              .targetArn(fields.path("targetArn").asText())
              .message(new String(delivery.body(), StandardCharsets.UTF_8));
      if (fields.path("messageFormat").asText().equals("JSON")) {
        publish.messageStructure("json");
      }
      AwsClients.call(() -> sns.publish(publish.build()));
      return Outcome.DELIVERED;
    } catch (AwsClients.AwsFailed failed) {
      return failed.outcome();
    }
  }
}
