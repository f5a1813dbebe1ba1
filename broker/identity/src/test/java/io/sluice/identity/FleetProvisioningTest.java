package io.sluice.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.sun.net.httpserver.HttpServer;
import io.sluice.certs.KeyKind;
import io.sluice.certs.SigningRequest;
import io.sluice.certs.SubjectTemplate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a factory-new device may ask, when, how often, and in which bytes. Section 3.3. */
class FleetProvisioningTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());
  private static final String PROVISION = "$aws/provisioning-templates/fleet/provision/";
  private static final String CREATE = "$aws/certificates/create-from-csr/";
  private static final String TEMPLATE =
      """
      {"Parameters":{"Serial":{"Type":"String"},"AWS::IoT::Certificate::Id":{"Type":"String"}},
       "Resources":{
         "device":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Fn::Join":["",["pump-",{"Ref":"Serial"}]]}}},
         "certificate":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateId":{"Ref":"AWS::IoT::Certificate::Id"}}},
         "rights":{"Type":"AWS::IoT::Policy","Properties":{"PolicyName":"devices"}}},
       "DeviceConfiguration":{"site":"north"}}
      """;

  private final World world = new World();
  private final ExecutorService executor = Executors.newFixedThreadPool(2);
  private final Enrollment enrollment =
      new Enrollment(
          World.AUTHORITY, world.registry, world.simulation.partitions().clock(), Runnable::run);
  private final FleetProvisioning provisioning =
      new FleetProvisioning(
          world.registry,
          enrollment,
          new Provisioner(world.registry, enrollment, new Outgoing(executor)));
  private @Nullable HttpServer hook;

  @BeforeEach
  void prepare() {
    world.get(world.registry.policies().create("devices", World.allow("iot:*", "*")));
    template(TEMPLATE, null);
  }

  @AfterEach
  void stop() {
    executor.shutdownNow();
    if (hook != null) {
      hook.stop(0);
    }
  }

  private void template(String body, @Nullable String hookUrl) {
    if (world.registry.templates().after("").findFirst().isPresent()) {
      world.get(world.registry.templates().delete("fleet"));
    }
    world.get(
        world
            .registry
            .templates()
            .create(
                "fleet",
                "",
                body,
                true,
                ProvisioningTemplate.Type.FLEET_PROVISIONING,
                null,
                hookUrl));
  }

  private JsonNode ask(String topic, byte[] payload, ObjectMapper format) {
    CompletableFuture<FleetProvisioning.Answer> future =
        provisioning.answer(new FleetProvisioning.Question(topic, payload, "factory", null));
    await()
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              world.simulation.run();
              return future.isDone();
            });
    FleetProvisioning.Answer answer = future.join();
    try {
      JsonNode body = format.readTree(answer.payload());
      assertThat(answer.topic())
          .isEqualTo(topic + (body.has("statusCode") ? "/rejected" : "/accepted"));
      return body;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private JsonNode ask(String topic, JsonNode body) {
    return ask(topic + "json", body.toString().getBytes(StandardCharsets.UTF_8), JSON);
  }

  /** A certificate that waits, with its token. */
  private JsonNode made() {
    String csr =
        SigningRequest.create(SubjectTemplate.COMMON_NAME.fill("pump"), KeyKind.EC_P256.generate());
    return ask(CREATE, JSON.createObjectNode().put("certificateSigningRequest", csr));
  }

  private static ObjectNode request(JsonNode made, String serial) {
    ObjectNode body = JSON.createObjectNode();
    body.set("certificateOwnershipToken", made.path("certificateOwnershipToken"));
    body.putObject("parameters").put("Serial", serial);
    return body;
  }

  private JsonNode provision(JsonNode made, String serial) {
    return ask(PROVISION, request(made, serial));
  }

  private static void rejected(JsonNode answer, int status, String code, String words) {
    assertThat(answer.path("statusCode").asInt()).as(answer.toString()).isEqualTo(status);
    assertThat(answer.path("errorCode").asText()).isEqualTo(code);
    assertThat(answer.path("errorMessage").asText()).contains(words);
  }

  private CertificateStatus status(JsonNode made) {
    Principal principal = world.registry.index().principal(made.path("certificateId").asText());
    return principal == null ? null : principal.status();
  }

  @Test
  void aTokenIsGoodForAnHourAndWhatNobodyProvisionedIsDeletedThen() {
    JsonNode early = made();
    JsonNode never = made();
    world.simulation.advance(Duration.ofMinutes(59).toMillis());
    assertThat(provision(early, "1").path("thingName").asText()).isEqualTo("pump-1");
    assertThat(status(never)).isEqualTo(CertificateStatus.PENDING_ACTIVATION);
    world.simulation.advance(Duration.ofMinutes(2).toMillis());
    world.simulation.run();
    assertThat(status(never)).as("deleted").isNull();
    assertThat(status(early)).isEqualTo(CertificateStatus.ACTIVE);
    rejected(provision(never, "2"), 400, "InvalidRequest", "unknown or has expired");
    rejected(provision(early, "1"), 400, "InvalidRequest", "unknown or has expired");
  }

  @Test
  void theSameQuestionHasTheSameAnswerAndChangesNothing() {
    JsonNode made = made();
    JsonNode first = provision(made, "7");
    assertThat(first.toString())
        .isEqualTo("{\"deviceConfiguration\":{\"site\":\"north\"},\"thingName\":\"pump-7\"}");
    String id = made.path("certificateId").asText();
    world.get(world.registry.certificates().update(id, CertificateStatus.REVOKED));
    assertThat(provision(made, "7")).isEqualTo(first);
    assertThat(status(made)).as("what was revoked stays so").isEqualTo(CertificateStatus.REVOKED);
  }

  @Test
  void aTokenIsGoodForOneThing() {
    JsonNode made = made();
    provision(made, "7");
    rejected(provision(made, "8"), 400, "InvalidRequest", "was used already");
    assertThat(world.registry.things().find("pump-8")).isEmpty();
    assertThat(provision(made, "7").path("thingName").asText()).isEqualTo("pump-7");
  }

  @Test
  void aTokenProvesOwnershipOnWhicheverConnectionItIsShown() {
    JsonNode one = made();
    JsonNode other = made();
    assertThat(provision(other, "2").path("thingName").asText()).isEqualTo("pump-2");
    assertThat(status(one)).isEqualTo(CertificateStatus.PENDING_ACTIVATION);
    rejected(
        provision(JSON.createObjectNode().put("certificateOwnershipToken", "guess"), "1"),
        400,
        "InvalidRequest",
        "unknown or has expired");
  }

  @ParameterizedTest
  @ValueSource(strings = {"REVOKED", "INACTIVE", "ACTIVE"})
  void whatSomebodyDecidedMeanwhileStands(String decided) {
    JsonNode made = made();
    world.get(
        world
            .registry
            .certificates()
            .update(made.path("certificateId").asText(), CertificateStatus.valueOf(decided)));
    rejected(provision(made, "1"), 400, "InvalidRequest", "is " + decided + " already");
    assertThat(status(made)).hasToString(decided);
    assertThat(world.registry.things().find("pump-1")).isEmpty();
  }

  @Test
  void afterARefusalTheTokenIsStillGood() {
    JsonNode made = made();
    rejected(
        provision(made, "not allowed"),
        400,
        "InvalidRequest",
        "Resources.device.Properties.ThingName of the template");
    assertThat(provision(made, "1").path("thingName").asText()).isEqualTo("pump-1");
  }

  @Test
  void aTemplateThatIsSwitchedOffOrDeletedProvisionsNobody() {
    JsonNode made = made();
    world.get(world.registry.templates().update("fleet", null, false, null, null, null));
    rejected(provision(made, "1"), 400, "InvalidRequest", "'fleet' is disabled");
    world.get(world.registry.templates().delete("fleet"));
    rejected(provision(made, "1"), 404, "ResourceNotFound", "'fleet'");
    assertThat(status(made)).isEqualTo(CertificateStatus.PENDING_ACTIVATION);
  }

  @ParameterizedTest(name = "{2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "\"devices\" | \"nobodys\" | Resources.rights.Properties.PolicyName of the template: there is no policy",
        "{\"Ref\":\"AWS::IoT::Certificate::Id\"} | {\"Ref\":\"Serial\"} | 'Resources.certificate.Properties.CertificateId' is not the certificate",
        "{\"Ref\":\"Serial\"} | {\"Ref\":\"Sreial\"} | 'Sreial', which has no value; give it one, or a Default (key 'Resources.device.Properties.ThingName')",
        "\"ThingName\": | \"ThingTypeName\":\"none\",\"ThingName\": | Resources.device.Properties.ThingTypeName of the template",
        "\"ThingName\": | \"ThingGroups\":[\"none\"],\"ThingName\": | Resources.device.Properties.ThingGroups of the template",
        "\"ThingName\": | \"ThingGroups\":\"none\",\"ThingName\": | 'Resources.device.Properties.ThingGroups' is no list",
        "\"ThingName\": | \"BillingGroup\":\"none\",\"ThingName\": | Resources.device.Properties.BillingGroup of the template",
        "\"ThingName\": | \"AttributePayload\":{\"a b\":\"c\"},\"ThingName\": | Resources.device.Properties.AttributePayload of the template",
      })
  void whatCannotBeProvisionedNamesResourceAndProperty(String from, String to, String words) {
    template(TEMPLATE.replace(from, to), null);
    JsonNode made = made();
    JsonNode answer = provision(made, "1");
    assertThat(answer.path("statusCode").asInt()).as(answer.toString()).isBetween(400, 410);
    assertThat(answer.path("errorMessage").asText()).contains(words);
    assertThat(status(made)).isEqualTo(CertificateStatus.PENDING_ACTIVATION);
    assertThat(world.registry.things().find("pump-1")).isEmpty();
  }

  @Test
  void aPropertyThatNobodyKnowsIsRefusedWhenTheTemplateIsMade() {
    org.assertj.core.api.Assertions.assertThatExceptionOfType(RegistryRefused.class)
        .isThrownBy(() -> template(TEMPLATE.replace("\"ThingName\"", "\"ThingNam\""), null))
        .withMessageContaining("'Resources.device.Properties.ThingNam' is none of");
  }

  private String hook(int status, String body, String location) throws IOException {
    hook = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    hook.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().add("location", location);
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    hook.createContext(
        "/yes",
        exchange -> {
          byte[] bytes = "{\"allowProvisioning\":true}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    hook.start();
    return "http://127.0.0.1:%d/hook".formatted(hook.getAddress().getPort());
  }

  @ParameterizedTest(name = "status {0} {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "500 | {\"allowProvisioning\":true} | gave no answer; try again later",
        "302 | '' | gave no answer; try again later", // to one that would allow it
        "200 | huge | gave no answer; try again later",
        "200 | [] | does not allow it",
        "200 | {} | does not allow it",
        "200 | {\"allowProvisioning\":false} | does not allow it",
        "200 | {\"allowProvisioning\":\"true\"} | does not allow it",
        "200 | {\"allowProvisioning\":1} | does not allow it",
        "200 | {\"allowProvisioning\":false,\"allowProvisioning\":true} | gave no answer; try again later",
        "200 | {\"allowProvisioning\":true,\"parameterOverrides\":{\"Serial\":[1]}} | 'Serial' a value that is no text",
      })
  void aHookThatDoesNotSayYesRefuses(int status, String body, String words) throws IOException {
    String answer =
        body.equals("huge")
            ? "{\"allowProvisioning\":true,\"x\":\"" + "x".repeat(70_000) + "\"}"
            : body;
    template(TEMPLATE, hook(status, answer, "/yes"));
    JsonNode made = made();
    JsonNode refusal = provision(made, "1");
    rejected(refusal, 403, "AccessDenied", words);
    assertThat(refusal.toString()).as("where the hook is").doesNotContain("127.0.0.1");
    assertThat(status(made)).isEqualTo(CertificateStatus.PENDING_ACTIVATION);
  }

  @Test
  void aHookOverridesWhatTheDeviceSaidAndNotWhoseCertificateItIs() throws IOException {
    template(
        TEMPLATE,
        hook(
            200,
            "{\"allowProvisioning\":true,\"parameterOverrides\":{\"Serial\":\"9\",\"AWS::IoT::Certificate::Id\":\"%s\"}}"
                .formatted("a".repeat(64)),
            ""));
    JsonNode made = made();
    assertThat(provision(made, "1").path("thingName").asText()).isEqualTo("pump-9");
    assertThat(status(made)).isEqualTo(CertificateStatus.ACTIVE);
  }

  @Test
  void aTemplateThatIsSwitchedOffWhileItsHookThinksProvisionsNobody() throws IOException {
    hook = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    CompletableFuture<Boolean> off = new CompletableFuture<>();
    CompletableFuture<Boolean> asked = new CompletableFuture<>();
    hook.createContext(
        "/",
        exchange -> {
          asked.complete(true);
          off.join();
          byte[] bytes = "{\"allowProvisioning\":true}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    hook.start();
    template(TEMPLATE, "http://127.0.0.1:%d/".formatted(hook.getAddress().getPort()));
    JsonNode made = made();
    asked.thenRun(
        () -> {
          world
              .registry
              .templates()
              .update("fleet", null, false, null, null, null)
              .thenAccept(done -> off.complete(true));
        });
    rejected(provision(made, "1"), 400, "InvalidRequest", "'fleet' is disabled");
  }

  @ParameterizedTest(name = "parameters {0}")
  @ValueSource(
      strings = {
        "{\"Serial\":{\"a\":1}}",
        "{\"Serial\":[1]}",
        "{\"Serial\":null}",
        "{\"AWS::IoT::Certificate::Id\":\"x\"}",
        "[]",
        "\"Serial\"",
      })
  void parametersAreTextsOfTheDevicesOwn(String parameters) throws IOException {
    ObjectNode body = request(made(), "1");
    body.set("parameters", JSON.readTree(parameters));
    rejected(ask(PROVISION, body), 400, "InvalidPayload", "");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "{\"certificateSigningRequest\":\"a\",\"certificateSigningRequest\":\"b\"}",
        "{} {}",
        "{\"certificateSigningRequest\":\"a\"",
        "[]",
        "\"text\"",
        "null",
        "nonsense",
        "{\"a\":1e999999999}x"
      })
  void jsonThatCouldBeReadInTwoWaysIsNotRead(String payload) {
    JsonNode answer = ask(CREATE + "json", payload.getBytes(StandardCharsets.UTF_8), JSON);
    rejected(answer, 400, "InvalidPayload", "");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "the same key twice, a2616101616102",
    "an end that is missing, a16161",
    "an indefinite map without end, bf6161",
    "a text of 2^62 bytes, a161617b4000000000000000",
    "a text of 2 GB, a161617a7fffffff",
    "an array of 2^62, a161619b4000000000000000",
    "an array of 2 billion, a161619a7fffffff",
    "a break alone, ff",
    "a reserved code, fc",
    "a tag of a tag without end, c1c1c1c1c1c1c1c1c1c1",
    "two maps, a0a0",
    "an array, 80",
  })
  void hostileCborIsRejectedInOneSentence(String what, String hex) {
    JsonNode answer = ask(CREATE + "cbor", HexFormat.of().parseHex(hex), CBOR);
    rejected(answer, 400, "InvalidPayload", "the payload is not one object");
  }

  @Test
  void deepCborIsRejectedAndNoStackOverflows() {
    byte[] deep = new byte[30_000];
    Arrays.fill(deep, (byte) 0x9f); // indefinite arrays in indefinite arrays
    deep[0] = (byte) 0xbf;
    deep[1] = 0x61;
    deep[2] = 0x61;
    rejected(ask(CREATE + "cbor", deep, CBOR), 400, "InvalidPayload", "few levels");
    String json = "{\"a\":" + "[".repeat(30_000);
    rejected(
        ask(CREATE + "json", json.getBytes(StandardCharsets.UTF_8), JSON),
        400,
        "InvalidPayload",
        "few levels");
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "cbor"})
  void aPayloadOf300KilobytesIsNotRead(String format) {
    rejected(
        ask(CREATE + format, new byte[300 << 10], format.equals("json") ? JSON : CBOR),
        400,
        "InvalidPayload",
        "has 307200 bytes, at most 32768");
  }

  @Test
  void indefiniteLengthsThatEndAreRead() throws IOException {
    JsonNode made = made();
    byte[] token =
        made.path("certificateOwnershipToken").asText().getBytes(StandardCharsets.US_ASCII);
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    HexFormat hex = HexFormat.of();
    out.write(0xbf); // a map until its break
    out.write(hex.parseHex("7819"));
    out.write("certificateOwnershipToken".getBytes(StandardCharsets.US_ASCII));
    out.write(0x7f); // a text in two pieces
    out.write(hex.parseHex("6a"));
    out.write(token, 0, 10);
    out.write(hex.parseHex("78" + "%02x".formatted(token.length - 10)));
    out.write(token, 10, token.length - 10);
    out.write(0xff);
    out.write(hex.parseHex("6a"));
    out.write("parameters".getBytes(StandardCharsets.US_ASCII));
    out.write(hex.parseHex("bf6653657269616c6133ffff"));
    assertThat(ask(PROVISION + "cbor", out.toByteArray(), CBOR).path("thingName").asText())
        .isEqualTo("pump-3");
  }

  @Test
  void aTemporaryClaimIsDeletedAfterFiveMinutes() {
    Enrollment.KeysAndCertificate claim = world.get(enrollment.createClaim("fleet"));
    String id = claim.certificate().id();
    world.simulation.advance(Duration.ofSeconds(299).toMillis());
    world.simulation.run();
    assertThat(world.registry.index().principal(id)).isNotNull();
    world.simulation.advance(Duration.ofSeconds(2).toMillis());
    world.simulation.run();
    assertThat(world.registry.index().principal(id)).isNull();
  }
}
