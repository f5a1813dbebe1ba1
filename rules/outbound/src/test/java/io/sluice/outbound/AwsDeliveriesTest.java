package io.sluice.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sluice.engine.Carrier;
import io.sluice.engine.Carrier.Delivery;
import io.sluice.engine.Carrier.Outcome;
import io.sluice.sql.LookupFailed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients of AWS services say on the wire, and how they judge the answer. */
class AwsDeliveriesTest {
  @TempDir Path folder;
  private HttpServer server;
  private OutboundSettings settings;
  private AwsClients clients;
  private HttpCalls calls;
  private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
  private final Map<String, String> objects = new ConcurrentHashMap<>();
  private final Map<String, String> invoked = new ConcurrentHashMap<>();
  private volatile int status = 200;
  private volatile String answer = "{}";

  private record Seen(
      String method, String path, String target, String authorization, String body) {}

  @BeforeAll
  static void speakJson() {
    System.setProperty("aws.cborEnabled", "false"); // Kinesis: so that its words can be read here
  }

  @AfterAll
  static void speakAsUsual() {
    System.clearProperty("aws.cborEnabled");
  }

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::serve);
    server.start();
    settings =
        settings(
            Addresses.allowing("127.0.0.0/8"),
            Deliveries.credentials(folder, "default: {accessKeyId: AK, secretAccessKey: SK}"));
    clients = new AwsClients(settings);
    calls = new HttpCalls(settings.addresses());
  }

  @AfterEach
  void stop() {
    clients.close();
    calls.close();
    server.stop(0);
  }

  private void serve(HttpExchange exchange) throws IOException {
    seen.add(
        new Seen(
            exchange.getRequestMethod(),
            exchange.getRequestURI().toString(),
            exchange.getRequestHeaders().getFirst("x-amz-target"),
            String.valueOf(exchange.getRequestHeaders().getFirst("authorization")),
            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
    byte[] body = answer.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private OutboundSettings settings(Addresses addresses, CredentialsFile credentials) {
    return new OutboundSettings(
        addresses,
        credentials,
        false,
        "local",
        (bucket, key, body) -> {
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          body.writeTo(out);
          objects.put(bucket + "/" + key, out.toString(StandardCharsets.UTF_8));
          return key;
        },
        new OutboundSettings.Functions() {
          @Override
          public boolean has(String functionArn) {
            return functionArn.startsWith("known");
          }

          @Override
          public byte[] invoke(String functionArn, byte[] json) {
            if (functionArn.contains("dead")) {
              throw new LookupFailed("aws_lambda: it did not answer");
            }
            invoked.put(functionArn, new String(json, StandardCharsets.UTF_8));
            return new byte[0];
          }
        },
        new OutboundSettings.Watch() {
          @Override
          public boolean metric(String namespace, String name, String unit, double value) {
            return false;
          }

          @Override
          public void alarm(String name, String state, String reason) {}

          @Override
          public void log(String group, String text) {}
        });
  }

  /** JSON in single quotes. */
  private static JsonNode json(String text) {
    return Deliveries.json(text.replace('\'', '"'));
  }

  private static Delivery message(String kind, String fields, String body) {
    return Deliveries.of(kind, json(fields), body.replace('\'', '"'));
  }

  private static Delivery bytes(String kind, String fields) {
    Delivery json = message(kind, fields, "{}");
    return new Delivery(
        json.id(),
        json.rule(),
        json.kind(),
        json.fields(),
        Carrier.Output.BYTES,
        new byte[1],
        json.context());
  }

  private String at(String fields) {
    String endpoint = "http://127.0.0.1:" + server.getAddress().getPort();
    return "{'endpoint': '%s', 'region': 'eu-west-1', %s}".formatted(endpoint, fields);
  }

  @Test
  void snsPublishesToATargetAndSigns() {
    answer =
        "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>";
    assertThat(
            new SnsDeliveries(clients)
                .carry(message("sns", at("'targetArn': 'arn:t'"), "{'n': 1}")))
        .isEqualTo(Outcome.DELIVERED);
    Seen one = seen.remove();
    assertThat(one.body()).contains("Action=Publish").contains("TargetArn=arn%3At");
    assertThat(one.authorization()).contains("Credential=AK/").contains("/eu-west-1/sns/");
  }

  @Test
  void s3PutsAnObjectOrWritesAFileWithoutAnEndpoint() {
    answer = "";
    ObjectDeliveries s3 = new ObjectDeliveries(clients, settings.objects());
    assertThat(s3.carry(message("s3", at("'bucketName': 'b', 'key': 'a/1.json'"), "{'n': 1}")))
        .isEqualTo(Outcome.DELIVERED);
    assertThat(seen.remove())
        .matches(put -> put.method().equals("PUT") && put.path().equals("/b/a/1.json"));
    assertThat(s3.carry(message("s3", "{'bucketName': 'b', 'key': 'k'}", "{'n':2}")))
        .isEqualTo(Outcome.DELIVERED);
    assertThat(objects).containsEntry("b/k", "{\"n\":2}");
    assertThat(s3.carry(message("s3", "{'bucketName': 'b', 'key': ''}", "{}")))
        .isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void dynamoDbPutsColumnsOrOneColumn() {
    DynamoDeliveries dynamo = new DynamoDeliveries(clients);
    assertThat(
            dynamo.carry(
                message(
                    "dynamoDBv2",
                    at("'putItem': {'tableName': 't'}"),
                    "{'id': 'x', 'n': 1.50, 'ok': true, 'l': [null], 'm': {}}")))
        .isEqualTo(Outcome.DELIVERED);
    Seen put = seen.remove();
    assertThat(put.target()).isEqualTo("DynamoDB_20120810.PutItem");
    assertThat(json(put.body()).path("Item"))
        .isEqualTo(
            json(
                "{'id': {'S': 'x'}, 'n': {'N': '1.50'}, 'ok': {'BOOL': true}, 'l': {'L': [{'NUL': true}]}, 'm': {'M': {}}}"
                    .replace("NUL'", "NULL'")));
    String one =
        at(
            "'tableName': 't', 'hashKeyField': 'd', 'hashKeyValue': 'lamp', 'rangeKeyField': 'at',"
                + " 'rangeKeyType': 'NUMBER', 'rangeKeyValue': '%s', 'operation': '%s'");
    assertThat(dynamo.carry(message("dynamoDB", one.formatted("7", "UPDATE"), "{'n':1}")))
        .isEqualTo(Outcome.DELIVERED);
    assertThat(seen.remove().body()).contains("\"at\":{\"N\":\"7\"}").contains("\"payload\"");
    assertThat(dynamo.carry(message("dynamoDB", one.formatted("x", "INSERT"), "{}")))
        .isEqualTo(new Outcome.Refused("rangeKeyValue is no number"));
    assertThat(dynamo.carry(message("dynamoDB", one.formatted("7", "MERGE"), "{}")))
        .isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void aFunctionIsInvokedAsynchronouslyOrByTheOperatorsEndpoint() {
    status = 202;
    answer = "";
    FunctionDeliveries lambda = new FunctionDeliveries(calls, settings);
    assertThat(
            lambda.carry(
                message(
                    "lambda", at("'functionArn': 'arn:aws:lambda:r:1:function:f'"), "{'n': 1}")))
        .isEqualTo(Outcome.DELIVERED);
    Seen call = seen.remove();
    assertThat(call.path())
        .isEqualTo("/2015-03-31/functions/arn:aws:lambda:r:1:function:f/invocations");
    assertThat(call.authorization()).contains("/eu-west-1/lambda/aws4_request");
    assertThat(lambda.carry(message("lambda", "{'functionArn': 'known'}", "{'n':2}")))
        .isEqualTo(Outcome.DELIVERED);
    assertThat(invoked).containsEntry("known", "{\"n\":2}");
    assertThat(lambda.carry(message("lambda", "{'functionArn': 'known-dead'}", "{}")))
        .isInstanceOf(Outcome.Retry.class);
    assertThat(lambda.check(json("{'functionArn': 'other'}"))).contains("no endpoint");
    assertThat(lambda.carry(bytes("lambda", "{'functionArn': 'known'}")))
        .isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void partsOfABatchFailAlone() {
    answer =
        "{\"FailedRecordCount\":1,\"Records\":[{\"SequenceNumber\":\"1\",\"ShardId\":\"s\"},{\"ErrorCode\":\"ProvisionedThroughputExceededException\",\"ErrorMessage\":\"slow\"}]}";
    String fields = at("'streamName': 's', 'partitionKey': 'k'");
    assertThat(
            new KinesisDeliveries(clients)
                .carry(
                    List.of(
                        message("kinesis", fields, "{'n':1}"),
                        message("kinesis", fields, "{'n':2}"))))
        .containsExactly(
            Outcome.DELIVERED, new Outcome.Retry("ProvisionedThroughputExceededException"));
    answer =
        "{\"Successful\":[],\"Failed\":[{\"Id\":\"0\",\"SenderFault\":true,\"Code\":\"InvalidMessageContents\"}]}";
    assertThat(
            new SqsDeliveries(clients)
                .carry(message("sqs", at("'queueUrl': 'http://127.0.0.1/1/q'"), "{}")))
        .isEqualTo(new Outcome.Refused("InvalidMessageContents"));
  }

  @Test
  void whatIsBusyOrBrokenIsTriedAgainAndWhatIsWrongIsNot() {
    SqsDeliveries sqs = new SqsDeliveries(clients);
    String fields = at("'queueUrl': 'http://127.0.0.1/1/q'");
    status = 503;
    answer = "{\"__type\":\"ServiceUnavailable\"}";
    assertThat(sqs.carry(message("sqs", fields, "{}"))).isInstanceOf(Outcome.Retry.class);
    status = 400;
    answer = "{\"__type\":\"com.amazonaws.sqs#ThrottlingException\"}";
    assertThat(sqs.carry(message("sqs", fields, "{}"))).isInstanceOf(Outcome.Retry.class);
    answer = "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\"}";
    assertThat(sqs.carry(message("sqs", fields, "{}"))).isInstanceOf(Outcome.Refused.class);
    server.stop(0);
    assertThat(sqs.carry(message("sqs", fields, "{}"))).isInstanceOf(Outcome.Retry.class);
  }

  @Test
  void anEndpointInAReservedRangeIsRefused() {
    OutboundSettings closed = settings(Addresses.allowing("none"), settings.credentials());
    AwsClients none = new AwsClients(closed);
    assertThat(new SnsDeliveries(none).carry(message("sns", at("'targetArn': 'arn:t'"), "{}")))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.reason()).contains("outbound-private-ranges"));
    assertThat(seen).isEmpty();
    none.close();
  }
}
