package io.sluice.gateway;

import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD;
import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.SERVER_UNAVAILABLE;
import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.AuthorizerStatus;
import software.amazon.awssdk.services.iot.model.DeleteConflictException;
import software.amazon.awssdk.services.iot.model.InvalidRequestException;
import software.amazon.awssdk.services.iot.model.InvalidResponseException;
import software.amazon.awssdk.services.iot.model.ResourceAlreadyExistsException;
import software.amazon.awssdk.services.iot.model.ResourceNotFoundException;
import software.amazon.awssdk.services.iot.model.TestInvokeAuthorizerResponse;

/** Custom authorizers, managed with the AWS SDK and asked over HTTP. */
class CustomAuthorizerTest {
  private static final String YES =
      """
      {"isAuthenticated":true,"principalId":"ann1","refreshAfterInSeconds":300,"disconnectAfterInSeconds":86400,
       "context":{"site":"7"},
       "policyDocuments":[
         {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}]},
         "{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[{\\"Effect\\":\\"Allow\\",\\"Action\\":\\"iot:Subscribe\\",\\"Resource\\":\\"arn:aws:iot:local:000000000000:topicfilter/sites/${authorizer:site}\\"}]}"]}
      """;

  @TempDir static Path folder;
  private static FakeAuthorizer authorizer;
  private static WayHouse house;
  private static IotClient iot;

  @BeforeAll
  static void open() throws Exception {
    authorizer = new FakeAuthorizer(YES);
    house =
        new WayHouse(
            folder.resolve("data"),
            Map.of(
                Setting.WAYS_IN, "certificate,authorizer",
                Setting.AUTHORIZER_PRIVATE_ADDRESSES, "true"));
    iot = house.iot();
    iot.createAuthorizer(
        r ->
            r.authorizerName("signed")
                .authorizerFunctionArn(authorizer.url())
                .tokenKeyName("token")
                .tokenSigningPublicKeys(Map.of("k", authorizer.publicKey()))
                .status(AuthorizerStatus.ACTIVE));
    iot.createAuthorizer(
        r ->
            r.authorizerName("open")
                .authorizerFunctionArn(authorizer.url())
                .signingDisabled(true)
                .status(AuthorizerStatus.ACTIVE));
  }

  @AfterAll
  static void close() {
    iot.close();
    house.close();
    authorizer.close();
  }

  @BeforeEach
  void forget() {
    authorizer.reset(YES);
  }

  @Test
  void aClientIsWhoTheAuthorizerSaysAndMayDoWhatItsPoliciesSay() {
    Mqtt5BlockingClient client =
        house.client("thermo", "bob?x-amz-customauthorizer-name=open", "pencil");
    assertThat(WayHouse.connect(client)).isEqualTo(SUCCESS);
    client.subscribeWith().topicFilter("sites/7").send();
    assertThatThrownBy(() -> client.subscribeWith().topicFilter("sites/8").send())
        .isInstanceOf(Mqtt5SubAckException.class);
    client.disconnect();

    JsonNode question = authorizer.asked.peek();
    assertThat(question.at("/signatureVerified").asBoolean()).isFalse();
    assertThat(question.at("/protocols")).map(JsonNode::asText).contains("mqtt");
    assertThat(question.at("/protocolData/mqtt/clientId").asText()).isEqualTo("thermo");
    assertThat(question.at("/protocolData/mqtt/username").asText()).startsWith("bob");
    assertThat(Base64.getDecoder().decode(question.at("/protocolData/mqtt/password").asText()))
        .asString()
        .isEqualTo("pencil");
    assertThat(question.at("/connectionMetadata/id").asText()).isNotEmpty();

    Mqtt5BlockingClient again =
        house.client("thermo", "bob?x-amz-customauthorizer-name=open", "pencil");
    assertThat(WayHouse.connect(again)).isEqualTo(SUCCESS);
    again.disconnect();
    assertThat(authorizer.asked).as("the same question within a few seconds").hasSize(1);
  }

  @Test
  void aTokenMustBeSignedOrTheAuthorizerIsNotEvenAsked() throws Exception {
    String signature = authorizer.sign("my-token");
    Mqtt5BlockingClient browser =
        house
            .client("browser")
            .serverPort(house.port("wss"))
            .webSocketConfig()
            .serverPath("mqtt")
            .subprotocol("mqtt")
            .httpHeaders(
                Map.of(
                    "x-amz-customauthorizer-name", "signed",
                    "x-amz-customauthorizer-signature", signature,
                    "token", "my-token"))
            .applyWebSocketConfig()
            .buildBlocking();
    assertThat(WayHouse.connect(browser)).isEqualTo(SUCCESS);
    browser.disconnect();
    assertThat(authorizer.asked.peek().at("/token").asText()).isEqualTo("my-token");
    assertThat(authorizer.asked.peek().at("/signatureVerified").asBoolean()).isTrue();
    assertThat(authorizer.asked.peek().at("/protocolData/http/headers/token").asText())
        .isEqualTo("my-token");

    authorizer.asked.clear();
    for (String forged :
        List.of(
            "x?x-amz-customauthorizer-name=signed&token=my-token",
            "x?x-amz-customauthorizer-name=signed&token=other&x-amz-customauthorizer-signature="
                + signature)) {
      assertThat(WayHouse.connect(house.client("forger", forged, "p")))
          .isEqualTo(BAD_USER_NAME_OR_PASSWORD);
    }
    assertThat(authorizer.asked).isEmpty();
    assertThat(house.gateway.refused())
        .anyMatch(refused -> refused.word().equals("authorizer_signature"));
  }

  /** As with a certificate's: {@code DeviceIdentityTest} has the same. */
  @Test
  void aPolicyOfTheAnswerMayDenyPersistentSessionsAndWillsOnSomeTopics() {
    authorizer.answer =
        """
        {"isAuthenticated":true,"principalId":"ann1","refreshAfterInSeconds":300,"disconnectAfterInSeconds":86400,
         "policyDocuments":[{"Version":"2012-10-17","Statement":[
           {"Effect":"Allow","Action":"iot:*","Resource":"*"},
           {"Effect":"Deny","Action":"iot:Connect","Resource":"*",
            "Condition":{"ForAnyValue:StringEquals":{"iot:ConnectAttributes":["PersistentConnect"]}}},
           {"Effect":"Deny","Action":"iot:Connect","Resource":"*",
            "Condition":{"ArnLike":{"iot:LastWillTopic":"arn:aws:iot:*:*:topic/secret/*"}}}]}]}
        """;
    Mqtt5BlockingClient client =
        house.client("willing", "will?x-amz-customauthorizer-name=open", "pencil");
    assertThat(WayHouse.connect(client)).isEqualTo(SUCCESS);
    client.disconnect();
    assertThatThrownBy(() -> client.connectWith().sessionExpiryInterval(60).send())
        .isInstanceOf(Mqtt5ConnAckException.class);
    assertThatThrownBy(() -> will(client, "secret/a")).isInstanceOf(Mqtt5ConnAckException.class);
    will(client, "open/a");
    client.disconnect();
  }

  private static void will(Mqtt5BlockingClient client, String topic) {
    client.connectWith().willPublish().topic(topic).applyWillPublish().send();
  }

  @Test
  void whoIsRefusedAndWhatIsNoAnswerAreToldApart() {
    authorizer.answer = "{\"isAuthenticated\":false}";
    assertThat(WayHouse.connect(house.client("x", "no?x-amz-customauthorizer-name=open", "p")))
        .isEqualTo(BAD_USER_NAME_OR_PASSWORD);
    authorizer.answer = "{\"isAuthenticated\":true,\"principalId\":\"a/b\"}";
    assertThat(WayHouse.connect(house.client("x", "bad?x-amz-customauthorizer-name=open", "p")))
        .isEqualTo(SERVER_UNAVAILABLE);
    assertThat(WayHouse.connect(house.client("x", "x?x-amz-customauthorizer-name=nobody", "p")))
        .isEqualTo(BAD_USER_NAME_OR_PASSWORD);
    assertThat(house.gateway.refused().stream().map(refused -> refused.word()))
        .contains("authorizer_refused", "authorizer_unavailable", "authorizer_unknown");
  }

  @Test
  void theOperationsAreThoseOfAwsIot() {
    assertThatThrownBy(
            () ->
                iot.createAuthorizer(
                    r ->
                        r.authorizerName("open")
                            .authorizerFunctionArn(authorizer.url())
                            .signingDisabled(true)))
        .isInstanceOf(ResourceAlreadyExistsException.class);
    assertThatThrownBy(
            () ->
                iot.createAuthorizer(
                    r ->
                        r.authorizerName("lambda")
                            .authorizerFunctionArn("arn:aws:lambda:eu-west-1:1:function:f")
                            .signingDisabled(true)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("URL");
    assertThatThrownBy(
            () ->
                iot.createAuthorizer(
                    r -> r.authorizerName("keyless").authorizerFunctionArn(authorizer.url())))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("tokenSigningPublicKeys");

    iot.createAuthorizer(
        r ->
            r.authorizerName("brief")
                .authorizerFunctionArn(authorizer.url())
                .signingDisabled(true));
    var described = iot.describeAuthorizer(r -> r.authorizerName("brief")).authorizerDescription();
    assertThat(described.status()).isEqualTo(AuthorizerStatus.INACTIVE);
    assertThat(described.authorizerArn())
        .isEqualTo("arn:aws:iot:local:000000000000:authorizer/brief");
    assertThat(described.creationDate()).isNotNull();
    assertThat(iot.listAuthorizers(r -> r.status(AuthorizerStatus.INACTIVE)).authorizers())
        .singleElement()
        .satisfies(one -> assertThat(one.authorizerName()).isEqualTo("brief"));
    assertThat(WayHouse.connect(house.client("x", "x?x-amz-customauthorizer-name=brief", "p")))
        .as("INACTIVE")
        .isEqualTo(BAD_USER_NAME_OR_PASSWORD);

    iot.updateAuthorizer(r -> r.authorizerName("brief").status(AuthorizerStatus.ACTIVE));
    assertThatThrownBy(() -> iot.describeDefaultAuthorizer(r -> {}))
        .isInstanceOf(ResourceNotFoundException.class);
    iot.setDefaultAuthorizer(r -> r.authorizerName("brief"));
    assertThat(iot.describeDefaultAuthorizer(r -> {}).authorizerDescription().authorizerName())
        .isEqualTo("brief");
    Mqtt5BlockingClient client = house.client("by-default", "eve", "pencil");
    assertThat(WayHouse.connect(client)).as("names none").isEqualTo(SUCCESS);
    client.disconnect();
    assertThatThrownBy(() -> iot.deleteAuthorizer(r -> r.authorizerName("brief")))
        .isInstanceOf(DeleteConflictException.class);
    iot.clearDefaultAuthorizer(r -> {});
    iot.updateAuthorizer(r -> r.authorizerName("brief").status(AuthorizerStatus.INACTIVE));
    iot.deleteAuthorizer(r -> r.authorizerName("brief"));
    assertThatThrownBy(() -> iot.describeAuthorizer(r -> r.authorizerName("brief")))
        .isInstanceOf(ResourceNotFoundException.class);
  }

  @Test
  void anAuthorizerIsTriedBeforehand() {
    TestInvokeAuthorizerResponse response =
        iot.testInvokeAuthorizer(
            r ->
                r.authorizerName("open")
                    .mqttContext(
                        m -> m.clientId("c").username("u").password(SdkBytes.fromUtf8String("p")))
                    .httpContext(h -> h.headers(Map.of("a", "b")).queryString("?c=d"))
                    .tlsContext(t -> t.serverName("gateway.example")));
    assertThat(response.isAuthenticated()).isTrue();
    assertThat(response.principalId()).isEqualTo("ann1");
    assertThat(response.policyDocuments()).hasSize(2);
    assertThat(response.refreshAfterInSeconds()).isEqualTo(300);
    assertThat(response.disconnectAfterInSeconds()).isEqualTo(86_400);
    assertThat(authorizer.asked.peek().at("/protocolData/http/queryString").asText())
        .isEqualTo("?c=d");

    authorizer.answer = "[]";
    assertThatThrownBy(() -> iot.testInvokeAuthorizer(r -> r.authorizerName("open").token("t")))
        .isInstanceOf(InvalidResponseException.class)
        .hasMessageContaining("isAuthenticated");
  }
}
