package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.iot.IotClient;

/** The questions that {@code sluice explain} asks. */
class ExplainTest {
  private static RunningApi api;
  private static String certificateId;

  @BeforeAll
  static void start() {
    api = new RunningApi();
    try (IotClient iot = api.client(IotClient.builder())) {
      var made = iot.createKeysAndCertificate(r -> r.setAsActive(true));
      certificateId = made.certificateId();
      iot.createThing(r -> r.thingName("lamp"));
      iot.createPolicy(
          r ->
              r.policyName("lamps")
                  .policyDocument(
                      """
                      {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iot:Connect","iot:Publish"],
                       "Resource":["arn:aws:iot:local:000000000000:client/lamp",
                                   "arn:aws:iot:local:000000000000:topic/${iot:ClientId}/state"]}]}"""));
      iot.attachPolicy(r -> r.policyName("lamps").target(made.certificateArn()));
      iot.attachThingPrincipal(r -> r.thingName("lamp").principal(made.certificateArn()));
    }
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static HttpResponse<String> get(String path) {
    return HandMade.request(api.port(), "GET", path).send();
  }

  @Test
  void aClientsPermissionsAreExplainedByItsThing() {
    String body = get("/sluice/explain/auth?clientId=lamp&topic=lamp%2Fstate").body();
    assertThat(body)
        .contains(certificateId, "\"thingName\":\"lamp\"")
        .contains(
            "iot:Publish on arn:aws:iot:local:000000000000:topic/lamp/state is allowed by policy 'lamps', statement 1")
        .contains(
            "iot:Subscribe on arn:aws:iot:local:000000000000:topicfilter/lamp/state is denied")
        .contains("or allow it: {");
  }

  @Test
  void aClientThatIsNoThingNeedsItsCertificateNamed() {
    assertThat(get("/sluice/explain/auth?clientId=nobody").statusCode()).isEqualTo(404);
    assertThat(
            get("/sluice/explain/auth?clientId=nobody&action=connect&certificateId="
                    + certificateId)
                .body())
        .contains("IMPLICIT_DENY");
    assertThat(get("/sluice/explain/auth?clientId=lamp&action=fly&topic=a").statusCode())
        .isEqualTo(400);
  }

  @Test
  void aTopicFilterIsSubscribedToAndNothingElse() {
    assertThat(get("/sluice/explain/auth?clientId=lamp&topic=lamp%2F%23").body())
        .contains("iot:Subscribe")
        .doesNotContain("iot:Publish on", "iot:Receive on");
    HttpResponse<String> answer =
        get("/sluice/explain/auth?clientId=lamp&action=publish&topic=lamp%2F%2B");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("'lamp/+' is a topic filter");
  }

  @Test
  void theLastDenialsAreListed() {
    assertThat(get("/sluice/denials?maxResults=5").body()).contains("\"denials\":[");
  }
}
