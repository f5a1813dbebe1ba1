package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.engine.Carrier.Delivery;
import io.sluice.engine.Carrier.Outcome;
import io.sluice.engine.Carrier.Output;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeAction;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.AttributeValueUpdate;

/**
 * The actions {@code dynamoDB} (the whole result in one attribute) and {@code dynamoDBv2} (each
 * member an attribute). Source: AWS IoT Developer Guide, "DynamoDB", "DynamoDBv2".
 */
final class DynamoDeliveries implements Client {
  private final AwsClients clients;

  DynamoDeliveries(AwsClients clients) {
    this.clients = clients;
  }

  @Override
  public String check(JsonNode fields) {
    return clients.check(fields);
  }

  @Override
  public Outcome carry(Delivery delivery) {
    try {
      DynamoDbClient dynamo =
          clients.client(DynamoDbClient.class, delivery.fields(), DynamoDbClient::builder);
      return delivery.kind().equals("dynamoDBv2")
          ? putItem(dynamo, delivery)
          : change(dynamo, delivery);
    } catch (AwsClients.AwsFailed failed) {
      return failed.outcome();
    }
  }

  private static Outcome putItem(DynamoDbClient dynamo, Delivery delivery)
      throws AwsClients.AwsFailed {
    JsonNode object;
    try {
      object = delivery.output() == Output.JSON ? Items.EXACT.readTree(delivery.body()) : null;
    } catch (IOException notJson) {
      object = null;
    }
    if (object == null || !object.isObject()) {
      return new Outcome.Refused("an item needs a JSON object, and the message is none");
    }
    Map<String, AttributeValue> item = Items.item(object);
    AwsClients.call(
        () ->
            dynamo.putItem(
                r -> r.tableName(delivery.fields().at("/putItem/tableName").asText()).item(item)));
    return Outcome.DELIVERED;
  }

  private static Outcome change(DynamoDbClient dynamo, Delivery delivery)
      throws AwsClients.AwsFailed {
    JsonNode fields = delivery.fields();
    String table = fields.path("tableName").asText();
    Map<String, AttributeValue> key = new HashMap<>();
    String problem = key(fields, "hashKey", key);
    if (problem.isEmpty() && fields.has("rangeKeyField")) {
      problem = key(fields, "rangeKey", key);
    }
    if (!problem.isEmpty()) {
      return new Outcome.Refused(problem);
    }
    String column = fields.path("payloadField").asText("payload");
    AttributeValue payload =
        delivery.output() == Output.JSON
            ? AttributeValue.fromS(new String(delivery.body(), StandardCharsets.UTF_8))
            : AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(delivery.body()));
    switch (fields.path("operation").asText("INSERT")) {
      case "INSERT" -> {
        Map<String, AttributeValue> item = new HashMap<>(key);
        item.put(column, payload);
        AwsClients.call(() -> dynamo.putItem(r -> r.tableName(table).item(item)));
      }
      case "UPDATE" -> {
        AttributeValueUpdate update =
            AttributeValueUpdate.builder().value(payload).action(AttributeAction.PUT).build();
        AwsClients.call(
            () ->
                dynamo.updateItem(
                    r -> r.tableName(table).key(key).attributeUpdates(Map.of(column, update))));
      }
      case "DELETE" -> AwsClients.call(() -> dynamo.deleteItem(r -> r.tableName(table).key(key)));
      default -> {
        return new Outcome.Refused("operation must be INSERT, UPDATE or DELETE");
      }
    }
    return Outcome.DELIVERED;
  }

  private static String key(JsonNode fields, String name, Map<String, AttributeValue> key) {
    String value = fields.path(name + "Value").asText();
    boolean number = fields.path(name + "Type").asText("STRING").equals("NUMBER");
    if (value.isEmpty()) {
      return name + "Value is empty";
    }
    if (number && !value.matches("[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
      return name + "Value is no number";
    }
    key.put(
        fields.path(name + "Field").asText(),
        number ? AttributeValue.fromN(value) : AttributeValue.fromS(value));
    return "";
  }
}
