package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code /metrics} shows, and that the operator's page names all of it. */
class MetricsTest {
  private static final Pattern FAMILY =
      Pattern.compile("^# TYPE (sluice_\\w+) \\w+$", Pattern.MULTILINE);

  /** Families whose labels appear as they are counted. */
  private static final Set<String> ABSENT_AT_FIRST =
      Set.of(
          "sluice_connections_refused_total",
          "sluice_connections_closed_total",
          "sluice_denied_total",
          "sluice_messages_dropped_total",
          "sluice_rule_messages_total",
          "sluice_outbox_messages",
          "sluice_outbox_bytes",
          "sluice_outbox_oldest_seconds",
          "sluice_outbox_circuit_open",
          "sluice_rule_metric",
          "sluice_shadow_requests_rejected_total");

  @TempDir static Path folder;
  private static Gateway gateway;

  @BeforeAll
  static void start() {
    Map<Setting, String> flags = TestGateway.onFreePorts(folder.resolve("data"));
    flags.put(Setting.DENY_SUBSCRIBE, "secret");
    gateway = Gateway.start(GatewayConfig.load(null, Map.of(), flags));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static String scrape() {
    return scrape(gateway.port("http"));
  }

  static String scrape(int port) {
    try {
      return HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .build()
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/metrics".formatted(port)))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException failed) {
      throw new AssertionError(failed);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new AssertionError(stopped);
    }
  }

  /** The value of a line, which begins with name and labels; -1 when it is not there. */
  private static double value(String series) {
    return scrape()
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElse(-1);
  }

  private static MqttClient connected(String id, boolean clean) throws MqttException {
    MqttClient client =
        new MqttClient("tcp://127.0.0.1:" + gateway.port("mqtt"), id, new MemoryPersistence());
    MqttConnectOptions options = new MqttConnectOptions();
    options.setCleanSession(clean);
    client.connect(options);
    return client;
  }

  @Test
  void trafficShowsInItsCountersAndHistograms() throws MqttException {
    MqttClient keeper = connected("keeper", false);
    keeper.subscribe("kept/#", 1);
    keeper.disconnect();
    MqttClient publisher = connected("publisher", true);
    for (int i = 0; i < 5; i++) {
      publisher.publish("kept/" + i, new byte[10], 1, false);
    }
    publisher.publish("unheard", new byte[10], 0, false);
    int[] granted = new int[1];
    try {
      publisher.subscribe("secret", 1);
    } catch (MqttException denied) {
      granted[0] = denied.getReasonCode();
    }

    assertThat(granted[0]).isEqualTo(0x80);
    assertThat(value("sluice_clients{listener=\"mqtt\",version=\"3.1.1\"}")).isEqualTo(1);
    assertThat(value("sluice_clients{listener=\"wss\",version=\"5\"}")).isZero();
    assertThat(value("sluice_sessions_online")).isEqualTo(1);
    assertThat(value("sluice_messages_received_total{qos=\"1\"}")).isEqualTo(5);
    assertThat(value("sluice_messages_received_total{qos=\"2\"}")).isZero();
    assertThat(value("sluice_denied_total{action=\"subscribe\"}")).isEqualTo(1);
    assertThat(value("sluice_connections_closed_total{reason=\"client_disconnect\"}")).isEqualTo(1);
    assertThat(value("sluice_land_seconds_count")).isEqualTo(5);
    assertThat(value("sluice_land_seconds_sum")).isPositive();
    assertThat(value("sluice_store_sync_seconds_count")).isPositive();
    assertThat(value("sluice_store_sync_writes_sum")).isGreaterThanOrEqualTo(5);
    await().until(() -> value("sluice_inbox_messages") == 5);
    assertThat(value("sluice_inbox_messages_max")).isEqualTo(5);
    assertThat(value("sluice_sessions_persistent")).isEqualTo(1);
    assertThat(value("sluice_sessions_offline")).isEqualTo(1);
    assertThat(value("sluice_ingress_seconds_count")).isEqualTo(5);
    await().until(() -> value("sluice_loop_lag_seconds_count") > 0);
    publisher.disconnect();
    await().until(() -> value("sluice_clients{listener=\"mqtt\",version=\"3.1.1\"}") == 0);
  }

  @Test
  void everyMetricIsOnTheOperatorsPageAndTheOtherWayRound() throws IOException {
    Set<String> shown = new TreeSet<>();
    var family = FAMILY.matcher(scrape());
    while (family.find()) {
      shown.add(family.group(1));
    }
    shown.removeIf(name -> name.startsWith("sluice_api_"));
    String page = Files.readString(OperationsPageTest.PAGE);
    Set<String> named = new TreeSet<>();
    var row = Pattern.compile("^\\| `(sluice_\\w+)", Pattern.MULTILINE).matcher(page);
    while (row.find()) {
      named.add(row.group(1));
    }
    named.removeIf(name -> name.startsWith("sluice_api_"));

    assertThat(named).containsAll(shown);
    named.removeAll(shown);
    assertThat(named).as("absent until something is counted").isSubsetOf(ABSENT_AT_FIRST);
  }
}
