package io.sluice.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.IdentityFolder;
import io.sluice.certs.KeyKind;
import io.sluice.certs.PemFiles;
import io.sluice.engine.RuleDocument;
import io.sluice.firehose.FirehoseRequests;
import io.sluice.identity.Attachment;
import io.sluice.identity.CertificateStatus;
import io.sluice.identity.RegisteredCertificate;
import io.sluice.identity.Registry;
import io.sluice.stream.StreamRequests;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** What the demo makes before the sensors run: devices with their policy, destinations, rules. */
final class DemoSetup {
  static final String POLICY = "sensors";
  static final String QUEUE = "hot-readings";
  static final String STREAM = "telemetry";
  static final String DELIVERY = "archive";
  static final String OPERATOR = "operator";

  /** Names of rules and their statements. */
  static final Map<String, String> RULES = rules();

  private static final String SENSOR_POLICY =
      """
      {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iot:Connect",
         "Resource": "arn:aws:iot:local:000000000000:client/${iot:Connection.Thing.ThingName}"},
        {"Effect": "Allow", "Action": ["iot:Publish", "iot:RetainPublish"], "Resource": [
           "arn:aws:iot:local:000000000000:topic/devices/${iot:Connection.Thing.ThingName}/*",
           "arn:aws:iot:local:000000000000:topic/$aws/things/${iot:Connection.Thing.ThingName}/shadow/*"]},
        {"Effect": "Allow", "Action": "iot:Subscribe", "Resource": [
           "arn:aws:iot:local:000000000000:topicfilter/devices/*",
           "arn:aws:iot:local:000000000000:topicfilter/$share/*/devices/*",
           "arn:aws:iot:local:000000000000:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/shadow/*"]},
        {"Effect": "Allow", "Action": "iot:Receive", "Resource": [
           "arn:aws:iot:local:000000000000:topic/devices/*",
           "arn:aws:iot:local:000000000000:topic/$aws/things/${iot:Connection.Thing.ThingName}/shadow/*"]}]}
      """;
  private static final String OPERATOR_POLICY =
      """
      {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["iot:GetThingShadow", "iot:UpdateThingShadow"],
         "Resource": "arn:aws:iot:local:000000000000:thing/*"}]}
      """;
  private static final Map<String, String> ACTIONS =
      Map.of(
          "hot", "[{\"sqs\": {\"queueUrl\": \"" + QUEUE + "\"}}]",
          "everything",
              "[{\"kinesis\": {\"streamName\": \""
                  + STREAM
                  + "\", \"partitionKey\": \"${topic(2)}\"}},"
                  + " {\"firehose\": {\"deliveryStreamName\": \""
                  + DELIVERY
                  + "\", \"separator\": \"\\n\"}}]",
          "wishes", "[{\"sqs\": {\"queueUrl\": \"" + QUEUE + "\"}}]");

  private final Gateway gateway;
  private final IdentityFolder devices;

  DemoSetup(Gateway gateway) {
    this.gateway = gateway;
    this.devices =
        IdentityFolder.at(gateway.rooms().directory.path().resolve("demo").resolve("devices"));
  }

  private static Map<String, String> rules() {
    Map<String, String> rules = new LinkedHashMap<>();
    rules.put(
        "hot", "SELECT device, temperature FROM 'devices/+/telemetry' WHERE temperature > 22");
    rules.put(
        "everything",
        "SELECT *, topic(2) AS thing, timestamp() AS receivedAt FROM 'devices/+/telemetry'");
    rules.put(
        "wishes",
        "SELECT topic(3) AS thing, state, version FROM '$aws/things/+/shadow/update/delta'");
    return rules;
  }

  /** {@code ca.pem}, and a certificate and key for each device. */
  Path deviceFolder() {
    return devices.path();
  }

  /** Issues and registers certificates for the devices and an operator. */
  void enroll(int count) throws IOException {
    CertificateAuthority authority = gateway.certificates().authority();
    Registry registry = gateway.rooms().registry;
    await(registry.policies().create(POLICY, SENSOR_POLICY));
    await(registry.policies().create(OPERATOR, OPERATOR_POLICY));
    for (int i = 1; i <= count; i++) {
      String name = "sensor-%04d".formatted(i);
      await(registry.things().create(name, Map.of()));
      String arn = enroll(authority, registry, name, POLICY);
      await(registry.things().attachPrincipal(name, arn, Attachment.NON_EXCLUSIVE_THING));
    }
    enroll(authority, registry, OPERATOR, OPERATOR);
    Files.copy(
        gateway.certificates().authorityFile(),
        devices.path().resolve("ca.pem"),
        StandardCopyOption.REPLACE_EXISTING);
  }

  private String enroll(
      CertificateAuthority authority, Registry registry, String name, String policy) {
    Identity identity = authority.issue(CertificateProfile.device(name), KeyKind.EC_P256);
    devices.write(name, identity);
    RegisteredCertificate certificate =
        await(
            registry
                .certificates()
                .register(identity.certificate(), CertificateStatus.ACTIVE, true));
    String arn = registry.arns().certificate(certificate.id());
    await(registry.policies().attach(policy, arn));
    return arn;
  }

  void createDestinations() {
    Rooms rooms = gateway.rooms();
    await(rooms.queues.create(QUEUE, Map.of(), Map.of()));
    await(rooms.streams.createStream(new StreamRequests.CreateStream(STREAM, 2, null, null)));
    await(
        rooms.deliveryStreams.createDeliveryStream(
            new FirehoseRequests.CreateDeliveryStream(
                DELIVERY,
                null,
                FirehoseRequests.S3Destination.of(
                        "arn:aws:s3:::" + DELIVERY, new FirehoseRequests.BufferingHints(1, 5))
                    .withCompressionFormat("GZIP"),
                null,
                null)));
  }

  void createRules() throws IOException {
    ObjectMapper json = new ObjectMapper();
    for (Map.Entry<String, String> rule : RULES.entrySet()) {
      JsonNode payload =
          json.createObjectNode()
              .put("sql", rule.getValue())
              .put("awsIotSqlVersion", "2016-03-23")
              .set("actions", json.readTree(String.valueOf(ACTIONS.get(rule.getKey()))));
      await(
          gateway
              .rooms()
              .rules
              .create(RuleDocument.parse(rule.getKey(), payload, System.currentTimeMillis())));
    }
  }

  /** Updates a shadow as an operator's tool would: over HTTPS, with a certificate. */
  void updateShadow(String thing, String body) throws InterruptedException {
    HttpClient client =
        HttpClient.newBuilder()
            .sslContext(operatorContext())
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    "https://localhost:%d/things/%s/shadow"
                        .formatted(gateway.port("https"), thing)))
            .timeout(Duration.ofSeconds(10))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new Refusals.CommandFailed(
            "the shadow of %s answered %d: %s"
                .formatted(thing, response.statusCode(), response.body()));
      }
    } catch (IOException unreachable) {
      throw new Refusals.CommandFailed("the HTTPS data plane cannot be reached: " + unreachable);
    }
  }

  private SSLContext operatorContext() {
    char[] password = "in memory only".toCharArray();
    try {
      KeyStore keys = KeyStore.getInstance(KeyStore.getDefaultType());
      keys.load(null, null);
      keys.setKeyEntry(
          OPERATOR,
          PemFiles.readPrivateKey(devices.keyFile(OPERATOR)),
          password,
          PemFiles.readCertificates(devices.certificateFile(OPERATOR)).toArray(Certificate[]::new));
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(keys, password);
      SSLContext context = SSLContext.getInstance("TLS");
      TrustManager trust =
          GatewayCertificates.trust(
              List.of(PemFiles.readCertificate(gateway.certificates().authorityFile())));
      context.init(managers.getKeyManagers(), new TrustManager[] {trust}, null);
      return context;
    } catch (GeneralSecurityException | IOException impossible) { // files that we have just written
      throw new IllegalStateException(impossible);
    }
  }

  static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(30, TimeUnit.SECONDS).join();
  }
}
