package io.sluice.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.CertsRefused;
import io.sluice.certs.Identity;
import io.sluice.certs.IdentityFolder;
import io.sluice.certs.KeyKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fleets of real clients against the fake broker. */
class FleetTest {
  private final BrokerFake broker = new BrokerFake();

  @AfterEach
  void closeBroker() {
    broker.close();
  }

  private static Scenario scenario(String yaml) {
    return Scenario.parse("t.yaml", "clientId: d-%d\n" + yaml);
  }

  @ParameterizedTest
  @CsvSource({"3.1.1,0", "3.1.1,1", "3.1.1,2", "5,0", "5,1", "5,2"})
  void allThatIsPublishedIsAcknowledgedAndArrives(String mqtt, int qos) {
    Scenario scenario =
        scenario(
            "devices: 5\nconnect: {mqtt: '%s', rampUp: 1000}\n".formatted(mqtt)
                + "telemetry: {every: 10ms, qos: %d, payload: {id: '{clientId}'}}".formatted(qos));
    try (Fleet fleet = Fleet.start(scenario, broker.endpoint())) {
      await().until(() -> fleet.report().acknowledged() >= 100);
      FleetReport report = fleet.stop();

      assertThat(report.isWhole()).as("%s", report).isTrue();
      assertThat(report.connected()).isEqualTo(5);
      assertThat(report.outstanding()).isZero();
      assertThat(report.latency().count()).isEqualTo(report.acknowledged());
      await().until(() -> broker.published.size() >= report.published());
      assertThat(broker.published).hasSize((int) report.published());
      assertThat(broker.published)
          .allMatch(p -> p.qos() == qos && p.payload().equals("{\"id\":\"" + p.clientId() + "\"}"));
      await().until(() -> broker.disconnects.get() == 5);
      assertThat(fleet.stop()).as("stopping twice").isSameAs(report);
    }
  }

  @ParameterizedTest
  @CsvSource({"3.1.1", "5"})
  void reconnectsAfterACutAndRepeatsWhatWasUnacknowledged(String mqtt) {
    Scenario scenario =
        scenario(
            "devices: 3\nconnect: {mqtt: '%s', rampUp: 1000}\n".formatted(mqtt)
                + "telemetry: {every: 10ms, payload: {n: {$counter: {}}}}");
    try (Fleet fleet = Fleet.start(scenario, broker.endpoint())) {
      await().until(() -> fleet.report().acknowledged() >= 10);
      broker.withholdAcknowledgements = true;
      await().until(() -> fleet.report().outstanding() >= 20);
      broker.withholdAcknowledgements = false;
      broker.cutAll();
      await().until(() -> fleet.report().connectionsLost() == 3);
      await().until(() -> fleet.report().connected() == 3);
      FleetReport report = fleet.stop();

      assertThat(report.failed()).as("%s", report.failures()).isZero();
      assertThat(report.acknowledged()).isEqualTo(report.published());
    }
  }

  @ParameterizedTest
  @CsvSource({"3.1.1,CONNECT refused: server unavailable", "5,CONNECT refused: server busy"})
  void triesAgainWhenItIsRefused(String mqtt, String reason) {
    broker.refuseConnects.set(2);
    Scenario scenario =
        scenario("connect: {mqtt: '%s'}\ntelemetry: {every: 10ms, payload: 1}".formatted(mqtt));
    try (Fleet fleet = Fleet.start(scenario, broker.endpoint())) {
      await().until(() -> fleet.report().acknowledged() > 0);

      assertThat(fleet.stop().failures()).containsEntry(reason, 2L);
    }
  }

  @Test
  void stopsInBoundedTimeWhenNobodyIsThere() throws InterruptedException {
    int port = broker.port();
    broker.close();
    Scenario scenario = scenario("devices: 3\ntelemetry: {payload: 1}");
    try (Fleet fleet = Fleet.start(scenario, Endpoint.plain("127.0.0.1", port))) {
      await().until(() -> !fleet.report().failures().isEmpty());
      assertThat(fleet.awaitConnected(Duration.ofMillis(1))).isFalse();
      FleetReport report = fleet.stop(Duration.ofSeconds(1));

      assertThat(report.everConnected()).isZero();
      assertThat(report.isWhole()).isFalse();
      assertThat(report.failures()).containsKey("connection refused: nothing listens there");
    }
  }

  @Test
  void reportsWhatIsStillOutstandingAtTheBound() {
    broker.withholdAcknowledgements = true;
    Scenario scenario = scenario("telemetry: {every: 10ms, inFlightMax: 4, payload: 1}");
    try (Fleet fleet = Fleet.start(scenario, broker.endpoint())) {
      await().until(() -> fleet.report().withheld() > 0);
      FleetReport report = fleet.stop(Duration.ofMillis(50));

      assertThat(report.published()).isEqualTo(4);
      assertThat(report.acknowledged()).isZero();
      assertThat(report.outstanding() + report.failed()).isEqualTo(4);
    }
  }

  @Test
  void aDeltaTravelsToTheDeviceAndItsReportBack() {
    List<String> heard = new CopyOnWriteArrayList<>();
    FleetListener listener =
        new FleetListener() {
          @Override
          public void deltaReceived(String clientId, String delta) {
            heard.add(clientId + " asked " + delta);
          }

          @Override
          public void reported(String clientId, String reported) {
            heard.add(clientId + " reported " + reported);
          }
        };
    String update = "$aws/things/d-2/shadow/update";
    Scenario scenario =
        scenario("devices: 2\nconnect: {rampUp: 1000}\nshadow: {state: {interval: 1}}");
    try (Fleet fleet = Fleet.start(scenario, broker.endpoint(), listener)) {
      await().until(() -> fleet.report().reported() == 2);
      broker.publish(update + "/delta", "{\"version\":2,\"state\":{\"interval\":9}}");
      await().until(() -> fleet.report().reported() == 3);

      assertThat(heard).endsWith("d-2 asked {\"interval\":9}", "d-2 reported {\"interval\":9}");
      assertThat(broker.publishedOn(update))
          .extracting(BrokerFake.Published::payload)
          .last()
          .isEqualTo("{\"state\":{\"reported\":{\"interval\":9}},\"clientToken\":\"d-2-1\"}");
      assertThat(fleet.stop().deltasReceived()).isEqualTo(1);
    }
  }

  @Test
  void aPersistentSessionWithAWillSaysSoInItsConnect() throws InterruptedException {
    Scenario scenario =
        scenario(
            """
            connect: {mqtt: 5, session: persistent, sessionExpiry: 2h, keepAlive: 7s,
                      will: {topic: "gone/{clientId}", qos: 1, retain: true, payload: {why: will}}}
            telemetry: {payload: 1}
            """);
    try (Fleet fleet = Fleet.start(scenario, broker.endpoint())) {
      assertThat(fleet.awaitConnected(Duration.ofSeconds(10))).isTrue();
      var connect = broker.connects.element();

      assertThat(connect.variableHeader().isCleanSession()).isFalse();
      assertThat(connect.variableHeader().keepAliveTimeSeconds()).isEqualTo(7);
      assertThat(connect.variableHeader().willQos()).isEqualTo(1);
      assertThat(connect.variableHeader().isWillRetain()).isTrue();
      assertThat(connect.payload().willTopic()).isEqualTo("gone/d-1");
      assertThat(new String(connect.payload().willMessageInBytes(), StandardCharsets.UTF_8))
          .isEqualTo("{\"why\":\"will\"}");
    }
  }

  @Test
  void aFaultyNetworkCutsConnectionsAndNothingIsLost() {
    Scenario scenario =
        scenario(
            """
            devices: 4
            connect: {rampUp: 1000, session: persistent}
            telemetry: {every: 5ms, payload: {n: {$counter: {}}}}
            faults: {dropEvery: 100ms}
            """);
    try (Fleet fleet = Fleet.start(scenario, broker.endpoint())) {
      await().until(() -> fleet.report().connectionsLost() >= 8);
      FleetReport report = fleet.stop();

      assertThat(report.acknowledged()).as("%s", report).isEqualTo(report.published());
      assertThat(broker.published.size()).isGreaterThanOrEqualTo((int) report.published());
    }
  }

  @Test
  void aSilentNetworkIsFoundOutByKeepAlive() {
    Scenario scenario =
        scenario(
            """
            connect: {keepAlive: 1s}
            telemetry: {every: 100ms, payload: 1}
            faults: {dropEvery: 50ms, how: silence}
            """);
    try (Fleet fleet = Fleet.start(scenario, broker.endpoint())) {
      await().until(() -> fleet.report().connectionsLost() >= 1);

      assertThat(fleet.stop(Duration.ZERO).failures()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"3.1.1", "5"})
  void eachDeviceShowsItsOwnCertificate(String mqtt, @TempDir Path folder) throws Exception {
    CertificateAuthority authority = CertificateAuthority.create("Test CA");
    IdentityFolder identities = IdentityFolder.at(folder.resolve("devices"));
    identities.writeAuthority(authority.certificate());
    for (int n = 1; n <= 2; n++) {
      identities.write(
          "d-" + n, authority.issue(CertificateProfile.device("d-" + n), KeyKind.EC_P256));
    }
    Identity server =
        authority.issue(CertificateProfile.server(List.of("localhost")), KeyKind.EC_P256);
    SslContext tls =
        SslContextBuilder.forServer(server.key(), server.chainArray())
            .trustManager(authority.certificate())
            .clientAuth(ClientAuth.REQUIRE)
            .build();
    Scenario scenario =
        scenario(
            "devices: 2\nconnect: {mqtt: '%s', rampUp: 1000}\n".formatted(mqtt)
                + "telemetry: {every: 10ms, payload: 1}");
    try (BrokerFake secured = new BrokerFake(tls);
        Fleet fleet =
            Fleet.start(
                scenario, Endpoint.mutualTls("localhost", secured.port(), identities.path()))) {
      await()
          .untilAsserted(
              () ->
                  assertThat(fleet.report().acknowledged())
                      .as("%s", fleet.report())
                      .isGreaterThan(10));

      assertThat(fleet.stop().isWhole()).isTrue();
      assertThatThrownBy(
              () ->
                  Fleet.start(
                      scenario.withDevices(3),
                      Endpoint.mutualTls("localhost", secured.port(), identities.path())))
          .isInstanceOf(CertsRefused.class)
          .hasMessageContaining("lacks the certificate or the key of 1 devices")
          .hasMessageContaining("d-3.pem");
    }
  }
}
