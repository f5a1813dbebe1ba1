package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.identity.CertificateStatus;
import io.sluice.message.Origin;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iotdataplane.IotDataPlaneClient;
import software.amazon.awssdk.services.iotdataplane.model.ForbiddenException;

/** The devices' port: a client certificate instead of a signature, policies instead of a role. */
class MutualTlsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final String POLICY =
      """
      {"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["iot:GetThingShadow","iot:UpdateThingShadow"],
         "Resource":["arn:aws:iot:local:000000000000:thing/mine","arn:aws:iot:local:000000000000:thing/mine/n"]},
        {"Effect":"Allow","Action":["iot:GetConnection","iot:SendDirectMessage"],
         "Resource":"arn:aws:iot:local:000000000000:client/peer",
         "Condition":{"StringLikeIfExists":{"iot:Topic":"commands/*"}}},
        {"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:local:000000000000:topic/mine/*"}]}
      """;

  private static RunningApi api;
  private static Identity device;

  @BeforeAll
  static void start() {
    api = new RunningApi();
    api.registry.policies().create("devices", POLICY).join();
    device = registered("mine");
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static Identity issued(CertificateAuthority authority, String name) {
    return authority.issue(CertificateProfile.device(name), KeyKind.EC_P256);
  }

  private static Identity registered(String name) {
    Identity identity = issued(api.authority, name);
    api.registry
        .certificates()
        .register(identity.certificate(), CertificateStatus.ACTIVE, true)
        .join();
    api.registry
        .policies()
        .attach("devices", api.registry.arns().certificate(identity.certificateId()))
        .join();
    return identity;
  }

  private static HttpResponse<String> send(HttpClient client, String method, String path)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(
                URI.create("https://127.0.0.1:%d%s".formatted(api.devicePort(), path)))
            .method(method, HttpRequest.BodyPublishers.ofString("{\"state\":{\"reported\":{}}}"))
            .timeout(PATIENCE) // the JDK's client may wait for ever when a handshake is refused
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void anUnmodifiedSdkClientUsesItsCertificate() throws Exception {
    KeyManager[] keys = TlsClients.keys(device);
    TrustManager[] trust = TlsClients.trust(api.authority);
    try (IotDataPlaneClient data =
        IotDataPlaneClient.builder()
            .endpointOverride(URI.create("https://127.0.0.1:" + api.devicePort()))
            .region(Region.of("local"))
            .credentialsProvider(AnonymousCredentialsProvider.create())
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .tlsKeyManagersProvider(() -> keys)
                    .tlsTrustManagersProvider(() -> trust))
            .build()) {
      data.updateThingShadow(
          r ->
              r.thingName("mine")
                  .payload(SdkBytes.fromUtf8String("{\"state\":{\"reported\":{\"t\":1}}}")));
      assertThat(data.getThingShadow(r -> r.thingName("mine")).payload().asUtf8String())
          .contains("\"t\":1");
      data.publish(r -> r.topic("mine/t").payload(SdkBytes.fromUtf8String("1")));
      assertThat(api.published)
          .anySatisfy(
              p -> {
                assertThat(p.topic().toString()).isEqualTo("mine/t");
                assertThat(p.origin().principal()).isEqualTo(device.certificateId());
                assertThat(p.origin().kind()).isEqualTo(Origin.Kind.HTTP);
              });
      assertThatThrownBy(() -> data.getThingShadow(r -> r.thingName("yours")))
          .isInstanceOfSatisfying(
              ForbiddenException.class,
              e -> assertThat(e.awsErrorDetails().errorMessage()).isEqualTo("Forbidden"));
    }
  }

  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource({
    "POST,/things/mine/shadow,200",
    "POST,/things/mine/shadow?name=n,200",
    "POST,/things/mine/shadow?name=other,403",
    "DELETE,/things/mine/shadow,403",
    "POST,/things/yours/shadow,403",
    "GET,/api/things/shadow/ListNamedShadowsForThing/mine,403",
    // The past is read with the right to read and rolled back with the right to change.
    "GET,/things/mine/shadow?history=true,200",
    "GET,/things/mine/shadow?name=other&history=true,403",
    "GET,/things/yours/shadow?asOfVersion=1,403",
    "POST,/things/yours/shadow?rollBackTo=1,403",
    "POST,/topics/mine/a,200",
    "POST,/topics/mine/a?retain=true,403",
    "POST,/topics/yours,403",
    // Allowed, and there is no such client; the condition is about the topic.
    "GET,/connections/peer,404",
    "GET,/connections/other,403",
    "DELETE,/connections/peer,403",
    "GET,/connections/peer/subscriptions,403",
    "POST,/connections/peer/messages?topic=commands%2Fgo,404",
    "POST,/connections/peer/messages?topic=secrets,403",
    "POST,/connections/other/messages?topic=commands%2Fgo,403",
    "GET,/health,200",
    // The control plane is not here, and a query or a target does not bring it.
    "GET,/things,404",
    "GET,/things/mine/connectivity-data,404",
    "GET,/rules,404",
    "GET,/sluice/stats,404",
    "GET,/metrics,404",
    "POST,/?Action=ListQueues,404"
  })
  void policiesDecide(String method, String path, int status) throws Exception {
    HttpResponse<String> response = send(TlsClients.client(api.authority, device), method, path);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    if (status == 403) {
      assertThat(response.body()).contains("\"message\":\"Forbidden\"", "traceId");
    }
  }

  /** Of the jobs data plane all say that they are not offered, not that there is no such path. */
  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource({
    "GET,/things/mine/jobs,GetPendingJobExecutions",
    "GET,/things/mine/jobs/j,DescribeJobExecution",
    "GET,/things/mine/jobs/$next,DescribeJobExecution",
    "PUT,/things/mine/jobs/$next,StartNextPendingJobExecution",
    "POST,/things/mine/jobs/j,UpdateJobExecution"
  })
  void jobsAreNotOfferedAndSaySo(String method, String path, String operation) throws Exception {
    HttpResponse<String> response = send(TlsClients.client(api.authority, device), method, path);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(response.headers().firstValue("x-amzn-errortype"))
        .contains("UnsupportedOperationException");
    assertThat(response.body()).contains(operation + " is not supported by this gateway");
  }

  @Test
  void aSignatureIsNoSubstituteForACertificate() throws Exception {
    HttpClient client = TlsClients.client(api.authority, null);
    assertThatThrownBy(() -> send(client, "GET", "/things/mine/shadow"))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aCertificateOfAnotherAuthorityDoesNotComeIn() throws Exception {
    HttpClient client =
        TlsClients.client(api.authority, issued(CertificateAuthority.create("Other"), "mine"));
    assertThatThrownBy(() -> send(client, "GET", "/things/mine/shadow"))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aCertificateSwitchedOffLosesItsRightsOnAnOpenConnection() throws Exception {
    Identity other = registered("other");
    HttpClient client = TlsClients.client(api.authority, other);
    assertThat(send(client, "POST", "/things/mine/shadow").statusCode()).isEqualTo(200);
    api.registry.certificates().update(other.certificateId(), CertificateStatus.INACTIVE).join();
    HttpResponse<String> refused = send(client, "POST", "/things/mine/shadow");
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("INACTIVE");
  }
}
