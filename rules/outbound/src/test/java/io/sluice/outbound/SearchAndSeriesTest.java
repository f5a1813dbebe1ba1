package io.sluice.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sluice.engine.Carrier.Delivery;
import io.sluice.engine.Carrier.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Documents for a search engine, points for a time series database, and what rules watch. */
class SearchAndSeriesTest {
  @TempDir Path folder;
  private HttpServer server;
  private HttpCalls calls;
  private OutboundSettings settings;
  private final List<String> watched = new ArrayList<>();
  private final Queue<String> seen = new ConcurrentLinkedQueue<>();
  private volatile String authorization = "";
  private volatile int status = 200;
  private volatile String answer = "{}";

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::serve);
    server.start();
    settings =
        new OutboundSettings(
            Addresses.allowing("127.0.0.0/8"),
            Deliveries.credentials(folder, "u: {username: ann, password: pw}\nt: {token: abc}\n"),
            false,
            "local",
            (bucket, key, body) -> key,
            new OutboundSettings.Functions() {
              @Override
              public boolean has(String functionArn) {
                return false;
              }

              @Override
              public byte[] invoke(String functionArn, byte[] json) {
                return json;
              }
            },
            new OutboundSettings.Watch() {
              @Override
              public boolean metric(String namespace, String name, String unit, double value) {
                return watched.add(namespace + "/" + name + " " + value + " " + unit);
              }

              @Override
              public void alarm(String name, String state, String reason) {
                watched.add(name + " " + state + " " + reason);
              }

              @Override
              public void log(String group, String text) {
                watched.add(group + ": " + text);
              }
            });
    calls = new HttpCalls(settings.addresses());
  }

  @AfterEach
  void stop() {
    calls.close();
    server.stop(0);
  }

  private void serve(HttpExchange exchange) throws IOException {
    authorization = String.valueOf(exchange.getRequestHeaders().getFirst("authorization"));
    seen.add(
        exchange.getRequestURI()
            + "\n"
            + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    byte[] body = answer.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private static JsonNode json(String text) {
    return Deliveries.json(text.replace('\'', '"'));
  }

  private Delivery message(String kind, String fields, String body) {
    String endpoint = "http://127.0.0.1:" + server.getAddress().getPort();
    return Deliveries.of(
        kind, json("{'endpoint': '%s', %s}".formatted(endpoint, fields)), body.replace('\'', '"'));
  }

  private Delivery document(int n, String body) {
    return message(
        "openSearch",
        "'index': 'i', 'type': '_doc', 'id': '%d', 'credentials': 'u'".formatted(n),
        body);
  }

  @Test
  void documentsShareABulkCallAndEachHasItsOwnEnd() {
    answer =
        "{\"errors\":true,\"items\":[{\"index\":{\"status\":201}},{\"index\":{\"status\":429}},{\"index\":{\"status\":400}}]}";
    assertThat(
            new SearchClient(calls, settings)
                .carry(
                    List.of(
                        document(1, "{'n':1}"),
                        document(2, "[1]"),
                        document(3, "{'n':3}"),
                        document(4, "{'n':4}"))))
        .satisfiesExactly(
            first -> assertThat(first).isEqualTo(Outcome.DELIVERED),
            second -> assertThat(second).isInstanceOf(Outcome.Refused.class),
            third -> assertThat(third).isEqualTo(new Outcome.Retry("status 429")),
            fourth -> assertThat(fourth).isEqualTo(new Outcome.Refused("status 400")));
    assertThat(seen.remove())
        .isEqualTo(
            """
            /_bulk
            {"index":{"_index":"i","_id":"1"}}
            {"n":1}
            {"index":{"_index":"i","_id":"3"}}
            {"n":3}
            {"index":{"_index":"i","_id":"4"}}
            {"n":4}
            """);
    assertThat(authorization).isEqualTo("Basic YW5uOnB3");
  }

  @Test
  void aSearchEngineThatIsDownIsTriedAgain() {
    SearchClient search = new SearchClient(calls, settings);
    status = 503;
    assertThat(search.carry(document(1, "{}"))).isEqualTo(new Outcome.Retry("status 503"));
    server.stop(0);
    assertThat(search.carry(document(1, "{}"))).isInstanceOf(Outcome.Retry.class);
  }

  @Test
  void pointsAreLinesAndReferencesBecomeTagsInsteadOfFields() {
    status = 204;
    answer = "";
    String fields =
        "'databaseName': 'plant', 'organization': 'o', 'tableName': 'te st', 'tags': {'b': '@{line}', 'a': 'x y'}, 'timestampUnit': 's', 'credentials': 't'";
    assertThat(
            new SeriesClient(calls, settings)
                .carry(
                    message(
                        "influxDB",
                        fields,
                        "[{'timestamp': 7, 'line': 'l,1', 't': 1.5, 'n': 2, 'ok': true, 's': 'q', 'o': {'k': [1]}, 'z': null}, {'timestamp': 8, 'line': '', 'n': 18446744073709551615}]")))
        .isEqualTo(Outcome.DELIVERED);
    assertThat(seen.remove())
        .isEqualTo(
            """
            /api/v2/write?org=o&bucket=plant&precision=s
            te\\ st,a=x\\ y,b=l\\,1 t=1.5,n=2i,ok=true,s="q",o="{\\"k\\":[1]}" 7
            te\\ st,a=x\\ y n=18446744073709551615u 8
            """);
    assertThat(authorization).isEqualTo("Token abc");
  }

  @Test
  void timestreamAttributesAreFieldsAndDimensionsTags() {
    status = 204;
    answer = "";
    assertThat(
            new SeriesClient(calls, settings)
                .carry(
                    message(
                        "timestream",
                        "'databaseName': 'd', 'tableName': 't', 'dimensions': [{'name': 'dev', 'value': 'lamp'}]",
                        "{'v': 1}")))
        .isEqualTo(Outcome.DELIVERED);
    assertThat(seen.remove()).endsWith("t,dev=lamp v=1i 1700000000000\n").contains("precision=ms");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
      {'n': 1}                                          | 'timestamp'
      {'timestamp': 1}                                  | no fields
      {'timestamp': 1, '_n': 1}                         | begins with '_'
      {'timestamp': 1, 'n': 36893488147419103232}       | beyond 64 bits
      7                                                 | JSON object
      """)
  void aPointThatCannotBeIsRefused(String body, String reason) {
    Outcome outcome =
        new SeriesClient(calls, settings)
            .carry(message("influxDB", "'databaseName': 'd', 'tableName': 't', 'tags': {}", body));
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Refused.class, refused -> assertThat(refused.reason()).contains(reason));
    assertThat(seen).isEmpty();
  }

  @Test
  void metricsAlarmsAndLogsStayInTheGateway() {
    WatchClient watch = new WatchClient(settings.watch());
    assertThat(
            List.of(
                watch.carry(
                    message(
                        "cloudwatchMetric",
                        "'metricName': 'heat', 'metricNamespace': 'plant', 'metricUnit': 'Percent', 'metricValue': '7.5'",
                        "{}")),
                watch.carry(
                    message(
                        "cloudwatchAlarm",
                        "'alarmName': 'hot', 'stateReason': 'too hot', 'stateValue': 'ALARM'",
                        "{}")),
                watch.carry(message("cloudwatchLogs", "'logGroupName': 'g'", "{'n':1}")),
                watch.carry(
                    message(
                        "cloudwatchLogs",
                        "'logGroupName': 'g', 'batchMode': true",
                        "[{'timestamp': 1, 'message': 'one'}]"))))
        .containsOnly(Outcome.DELIVERED);
    assertThat(watched)
        .containsExactly("plant/heat 7.5 Percent", "hot ALARM too hot", "g: {\"n\":1}", "g: one");
    assertThat(
            watch.carry(
                message(
                    "cloudwatchAlarm",
                    "'alarmName': 'a/b', 'stateReason': '', 'stateValue': 'OK'",
                    "{}")))
        .isInstanceOf(Outcome.Refused.class);
    assertThat(
            watch.carry(
                message(
                    "cloudwatchMetric",
                    "'metricName': 'm', 'metricNamespace': '', 'metricUnit': 'None', 'metricValue': 'x'",
                    "{}")))
        .isEqualTo(new Outcome.Refused("metricValue is no number"));
  }
}
