package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.exceptions.ConnectionClosedException;
import com.hivemq.client.mqtt.exceptions.ConnectionFailedException;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.sun.net.httpserver.HttpServer;
import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.certs.PemFiles;
import io.sluice.certs.SigningRequest;
import io.sluice.certs.SubjectTemplate;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.CertificateStatus;

/** Devices at the gateway's mutual-TLS door: provisioned, registered just in time, turned away. */
class DeviceIdentityTest {
  private static final String TEMPLATE =
      """
      {"Parameters":{"SerialNumber":{"Type":"String"},"AWS::IoT::Certificate::Id":{"Type":"String"}},
       "Resources":{
         "thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Fn::Join":["",["pump-",{"Ref":"SerialNumber"}]]}}},
         "certificate":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateId":{"Ref":"AWS::IoT::Certificate::Id"},"Status":"Active"}},
         "policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyName":"devices"}}},
       "DeviceConfiguration":{"FallbackUrl":"https://example.org"}}
      """;
  private static final String ROLE = "arn:aws:iam::000000000000:role/any";

  @TempDir Path folder;
  private TestGateway house;
  private IotClient iot;

  @BeforeEach
  void start() {
    house = new TestGateway(folder.resolve("data"));
    iot = house.iot();
    iot.createPolicy(
        r ->
            r.policyName("devices")
                .policyDocument(
                    """
                    {"Version":"2012-10-17","Statement":[
                      {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:local:000000000000:client/*"},
                      {"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:local:000000000000:topic/devices/*"}]}"""));
  }

  @AfterEach
  void stop() {
    iot.close();
    house.close();
  }

  private Mqtt5BlockingClient client(String clientId, Identity identity) {
    return house.client(clientId, identity);
  }

  private static Identity identity(String certificatePem, String keyPem) throws Exception {
    Path key = Files.createTempFile("key", ".pem");
    Files.writeString(key, keyPem);
    try {
      return new Identity(PemFiles.readPrivateKey(key), PemFiles.certificates(certificatePem));
    } finally {
      Files.delete(key);
    }
  }

  private Identity registered(String name) {
    return house.device(iot, name, "devices");
  }

  @ParameterizedTest
  @ValueSource(strings = {"INACTIVE", "REVOKED"})
  void aCertificateThatIsSwitchedOffEndsItsConnectionWithinASecond(String status) throws Exception {
    Mqtt5BlockingClient bystander = client("other", registered("other"));
    bystander.connect();
    CutOff.withinASecond(
        lamp -> {
          Identity identity = registered(lamp);
          return new CutOff(
              client(lamp, identity),
              () ->
                  iot.updateCertificate(
                      r ->
                          r.certificateId(identity.certificateId())
                              .newStatus(CertificateStatus.fromValue(status))));
        });
    assertThat(bystander.getState().isConnected()).isTrue();
    bystander.disconnect();
  }

  @Test
  void aPolicyMayDenyPersistentSessionsAndWillsOnSomeTopics() throws Exception {
    Identity identity = registered("lamp");
    iot.createPolicy(
        r ->
            r.policyName("transient")
                .policyDocument(
                    """
                    {"Version":"2012-10-17","Statement":[
                      {"Effect":"Deny","Action":"iot:Connect","Resource":"*",
                       "Condition":{"ForAnyValue:StringEquals":{"iot:ConnectAttributes":["PersistentConnect"]}}},
                      {"Effect":"Deny","Action":"iot:Connect","Resource":"*",
                       "Condition":{"ArnLike":{"iot:LastWillTopic":"arn:aws:iot:*:*:topic/devices/secret/*"}}}]}"""));
    String arn =
        iot.describeCertificate(r -> r.certificateId(identity.certificateId()))
            .certificateDescription()
            .certificateArn();
    iot.attachPolicy(r -> r.policyName("transient").target(arn));
    Mqtt5BlockingClient client = client("lamp", identity);
    client.connect();
    client.disconnect();
    assertThatThrownBy(() -> client.connectWith().sessionExpiryInterval(60).send())
        .isInstanceOf(Mqtt5ConnAckException.class);
    assertThatThrownBy(
            () ->
                client
                    .connectWith()
                    .willPublish()
                    .topic("devices/secret/a")
                    .applyWillPublish()
                    .send())
        .isInstanceOf(Mqtt5ConnAckException.class);
    client.connectWith().willPublish().topic("devices/lamp").applyWillPublish().send();
    client.disconnect();
  }

  private void template(String hook) {
    iot.createProvisioningTemplate(
        r -> {
          r.templateName("fleet").templateBody(TEMPLATE).enabled(true).provisioningRoleArn(ROLE);
          if (hook != null) {
            r.preProvisioningHook(h -> h.targetArn(hook));
          }
        });
  }

  private JsonNode ask(
      Mqtt5BlockingClient client, ObjectMapper format, String topic, Map<String, Object> body)
      throws Exception {
    try (Mqtt5BlockingClient.Mqtt5Publishes answers =
        client.publishes(MqttGlobalPublishFilter.SUBSCRIBED)) {
      client.subscribeWith().topicFilter(topic + "/accepted").send();
      client.subscribeWith().topicFilter(topic + "/rejected").send();
      client
          .publishWith()
          .topic(topic)
          .qos(MqttQos.AT_LEAST_ONCE)
          .payload(format.writeValueAsBytes(body))
          .send();
      return format.readTree(
          answers.receive(10, TimeUnit.SECONDS).orElseThrow().getPayloadAsBytes());
    }
  }

  private Identity claim() throws Exception {
    var claim = iot.createProvisioningClaim(r -> r.templateName("fleet"));
    return identity(claim.certificatePem(), claim.keyPair().privateKey());
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "cbor"})
  void aDeviceIsProvisionedByClaim(String encoding) throws Exception {
    ObjectMapper format =
        encoding.equals("json") ? new ObjectMapper() : new ObjectMapper(new CBORFactory());
    template(null);
    Mqtt5BlockingClient claiming = client("factory", claim());
    claiming.connect();
    Mqtt5BlockingClient listener = client("spy", claim());
    listener.connect();
    JsonNode made;
    try (Mqtt5BlockingClient.Mqtt5Publishes overheard =
        listener.publishes(MqttGlobalPublishFilter.ALL)) {
      listener.subscribeWith().topicFilter("$aws/certificates/create/+/accepted").send();
      made = ask(claiming, format, "$aws/certificates/create/" + encoding, Map.of());
      assertThat(overheard.receive(100, TimeUnit.MILLISECONDS))
          .as("a private key is for the one who asked")
          .isEmpty();
    }
    Identity own = identity(made.path("certificatePem").asText(), made.path("privateKey").asText());
    assertThatThrownBy(() -> client("pump-7", own).connect())
        .as("not provisioned yet")
        .isInstanceOf(Mqtt5ConnAckException.class);
    JsonNode provisioned =
        ask(
            claiming,
            format,
            "$aws/provisioning-templates/fleet/provision/" + encoding,
            Map.of(
                "certificateOwnershipToken",
                made.path("certificateOwnershipToken").asText(),
                "parameters",
                Map.of("SerialNumber", "7")));
    assertThat(provisioned.path("thingName").asText()).isEqualTo("pump-7");
    assertThat(provisioned.path("deviceConfiguration").path("FallbackUrl").asText())
        .isEqualTo("https://example.org");
    claiming.disconnect();
    listener.disconnect();
    Mqtt5BlockingClient device = client("pump-7", own);
    device.connect();
    device.publishWith().topic("devices/7").qos(MqttQos.AT_LEAST_ONCE).send();
    device.disconnect();
    assertThat(iot.listThingPrincipals(r -> r.thingName("pump-7")).principals()).hasSize(1);
  }

  @Test
  void aDeviceIsProvisionedByItsOwnSigningRequestAndWrongTokensAreRejected() throws Exception {
    ObjectMapper json = new ObjectMapper();
    template(null);
    Mqtt5BlockingClient claiming = client("factory", claim());
    claiming.connect();
    KeyPair keys = KeyKind.EC_P256.generate();
    JsonNode made =
        ask(
            claiming,
            json,
            "$aws/certificates/create-from-csr/json",
            Map.of(
                "certificateSigningRequest",
                SigningRequest.create(SubjectTemplate.COMMON_NAME.fill("pump-8"), keys)));
    JsonNode rejected =
        ask(
            claiming,
            json,
            "$aws/provisioning-templates/fleet/provision/json",
            Map.of("certificateOwnershipToken", "guess", "parameters", Map.of()));
    assertThat(rejected.path("statusCode").asInt()).isEqualTo(400);
    assertThat(rejected.path("errorCode").asText()).isEqualTo("InvalidRequest");
    JsonNode weak =
        ask(
            claiming,
            json,
            "$aws/certificates/create-from-csr/json",
            Map.of("certificateSigningRequest", "no request"));
    assertThat(weak.path("statusCode").asInt()).isEqualTo(400);
    ask(
        claiming,
        json,
        "$aws/provisioning-templates/fleet/provision/json",
        Map.of(
            "certificateOwnershipToken",
            made.path("certificateOwnershipToken").asText(),
            "parameters",
            Map.of("SerialNumber", "8")));
    claiming.disconnect();
    Mqtt5BlockingClient device =
        client(
            "pump-8",
            new Identity(
                keys.getPrivate(), PemFiles.certificates(made.path("certificatePem").asText())));
    device.connect();
    device.disconnect();
  }

  @ParameterizedTest(name = "the hook answers {0}")
  @ValueSource(
      strings = {
        "{\"allowProvisioning\":true,\"parameterOverrides\":{\"SerialNumber\":\"9\"}}",
        "{\"allowProvisioning\":false}",
        "nonsense",
        "" // no answer in time
      })
  void aHookDecides(String answer) throws Exception {
    HttpServer hook =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    StringBuilder asked = new StringBuilder();
    CountDownLatch over = new CountDownLatch(1);
    hook.createContext(
        "/hook",
        exchange -> {
          asked.append(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          if (answer.isEmpty()) {
            try {
              over.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException stopped) {
              Thread.currentThread().interrupt();
            }
          }
          byte[] body = answer.getBytes(UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    hook.start();
    try {
      ObjectMapper json = new ObjectMapper();
      template("http://127.0.0.1:%d/hook".formatted(hook.getAddress().getPort()));
      Mqtt5BlockingClient claiming = client("factory", claim());
      claiming.connect();
      JsonNode made = ask(claiming, json, "$aws/certificates/create/json", Map.of());
      JsonNode reply =
          ask(
              claiming,
              json,
              "$aws/provisioning-templates/fleet/provision/json",
              Map.of(
                  "certificateOwnershipToken",
                  made.path("certificateOwnershipToken").asText(),
                  "parameters",
                  Map.of("SerialNumber", "1")));
      assertThat(asked.toString())
          .contains("\"clientId\":\"factory\"", made.path("certificateId").asText());
      if (answer.contains("true")) {
        assertThat(reply.path("thingName").asText()).isEqualTo("pump-9");
      } else {
        assertThat(reply.path("statusCode").asInt()).isEqualTo(403);
        assertThat(reply.path("errorCode").asText()).isEqualTo("AccessDenied");
      }
      claiming.disconnect();
    } finally {
      over.countDown();
      hook.stop(0);
    }
  }

  private String authority(CertificateAuthority authority, String templateBody) {
    String code = iot.getRegistrationCode(r -> {}).registrationCode();
    String proof =
        PemFiles.toPem(
            authority
                .issue(
                    CertificateProfile.device(SubjectTemplate.COMMON_NAME.fill(code)),
                    KeyKind.EC_P256)
                .certificate());
    return iot.registerCACertificate(
            r -> {
              r.caCertificate(PemFiles.toPem(authority.certificate()))
                  .verificationCertificate(proof)
                  .setAsActive(true)
                  .allowAutoRegistration(true);
              if (templateBody != null) {
                r.registrationConfig(c -> c.templateBody(templateBody).roleArn(ROLE));
              }
            })
        .certificateId();
  }

  @Test
  void aCertificateOfARegisteredAuthorityRegistersItselfAndWaits() throws Exception {
    CertificateAuthority maker = CertificateAuthority.create("Maker");
    Identity device = maker.issue(CertificateProfile.device("d"), KeyKind.EC_P256);
    assertThatThrownBy(() -> client("d", device).connect())
        .as("no authority yet: the handshake fails")
        .isInstanceOfAny(ConnectionFailedException.class, ConnectionClosedException.class);
    String ca = authority(maker, null);
    Mqtt5BlockingClient watcher =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier("watcher")
            .serverHost("127.0.0.1")
            .serverPort(house.port("mqtt"))
            .buildBlocking();
    watcher.connect();
    try (Mqtt5BlockingClient.Mqtt5Publishes events =
        watcher.publishes(MqttGlobalPublishFilter.ALL)) {
      watcher.subscribeWith().topicFilter("$aws/events/certificates/registered/" + ca).send();
      for (int attempt = 0; attempt < 2; attempt++) {
        assertThatThrownBy(() -> client("d", device).connect())
            .isInstanceOf(Mqtt5ConnAckException.class);
        JsonNode event =
            new ObjectMapper()
                .readTree(events.receive(10, TimeUnit.SECONDS).orElseThrow().getPayloadAsBytes());
        assertThat(event.path("certificateId").asText()).isEqualTo(device.certificateId());
        assertThat(event.path("certificateStatus").asText()).isEqualTo("PENDING_ACTIVATION");
      }
    }
    watcher.disconnect();
    iot.updateCertificate(
        r -> r.certificateId(device.certificateId()).newStatus(CertificateStatus.ACTIVE));
    iot.attachPolicy(
        r ->
            r.policyName("devices")
                .target("arn:aws:iot:local:000000000000:cert/" + device.certificateId()));
    Mqtt5BlockingClient client = client("d", device);
    client.connect();
    client.disconnect();
  }

  @Test
  void aCertificateOfAnAuthorityWithATemplateIsProvisionedAtItsFirstConnection() throws Exception {
    CertificateAuthority maker = CertificateAuthority.create("Maker");
    authority(
        maker,
        """
        {"Parameters":{"AWS::IoT::Certificate::CommonName":{"Type":"String"},"AWS::IoT::Certificate::Id":{"Type":"String"}},
         "Resources":{
           "thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Ref":"AWS::IoT::Certificate::CommonName"}}},
           "certificate":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateId":{"Ref":"AWS::IoT::Certificate::Id"}}},
           "policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyName":"devices"}}}}""");
    Identity device = maker.issue(CertificateProfile.device("meter-1"), KeyKind.EC_P256);
    assertThatThrownBy(() -> client("meter-1", device).connect())
        .isInstanceOf(Mqtt5ConnAckException.class);
    Mqtt5BlockingClient client = client("meter-1", device);
    client.connect();
    client.disconnect();
    assertThat(iot.describeThing(r -> r.thingName("meter-1")).thingName()).isEqualTo("meter-1");
  }

  @Test
  void aStrangersCertificateDoesNotFinishItsHandshake() {
    Identity stranger =
        CertificateAuthority.create("Stranger")
            .issue(CertificateProfile.device("x"), KeyKind.EC_P256);
    assertThatThrownBy(() -> client("x", stranger).connect())
        .isInstanceOfAny(ConnectionFailedException.class, ConnectionClosedException.class);
  }
}
