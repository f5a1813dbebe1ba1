package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.KeyKind;
import io.sluice.certs.PemFiles;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The laws of pages, for every list of IoT's control plane. */
class PagesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String POLICY =
      "{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":\\\"iot:*\\\",\\\"Resource\\\":\\\"*\\\"}]}";
  private static final String TEMPLATE =
      "{\\\"Resources\\\":{\\\"c\\\":{\\\"Type\\\":\\\"AWS::IoT::Certificate\\\",\\\"Properties\\\":"
          + "{\\\"CertificateId\\\":{\\\"Ref\\\":\\\"AWS::IoT::Certificate::Id\\\"},\\\"Status\\\":\\\"%s\\\"}}}}";

  private static RunningApi api;
  private static String certificate;

  /** A list: where it is asked, its header if it has one, and what it calls its pages. */
  record Listing(String path, String header, String value, String size, String token) {
    @Override
    public String toString() {
      return path;
    }
  }

  @BeforeAll
  static void start() throws Exception {
    api = new RunningApi();
    for (int i = 0; i < 3; i++) {
      String pem =
          PemFiles.toPem(
              api.authority
                  .issue(CertificateProfile.device("d" + i), KeyKind.EC_P256)
                  .certificate());
      certificate =
          did(
                  "POST",
                  "/certificate/register-no-ca",
                  "{\"certificatePem\":\"%s\"}"
                      .formatted(pem.replace("\n", "\\n").replace("\r", "")))
              .path("certificateArn")
              .asText();
      did("POST", "/policies/p" + i, "{\"policyDocument\":\"%s\"}".formatted(POLICY));
      did("PUT", "/target-policies/p0", "{\"target\":\"%s\"}".formatted(certificate));
      did("POST", "/thing-types/t" + i, "{}");
      did("POST", "/thing-groups/g" + i, "{}");
      did("POST", "/billing-groups/b" + i, "{}");
      did("POST", "/things/a" + i, "{}");
      did(
          "PUT",
          "/thing-groups/addThingToThingGroup",
          "{\"thingGroupName\":\"g0\",\"thingName\":\"a%d\"}".formatted(i));
      did(
          "PUT",
          "/thing-groups/addThingToThingGroup",
          "{\"thingGroupName\":\"g%d\",\"thingName\":\"a0\"}".formatted(i));
      did(
          "PUT",
          "/billing-groups/addThingToBillingGroup",
          "{\"billingGroupName\":\"b0\",\"thingName\":\"a%d\"}".formatted(i));
      attached("a0");
      did(
          "POST",
          "/provisioning-templates",
          "{\"templateName\":\"t%d\",\"templateBody\":\"%s\"}"
              .formatted(i, TEMPLATE.formatted("Active")));
      did(
          "POST",
          "/authorizer/z" + i,
          "{\"authorizerFunctionArn\":\"https://a.example/\",\"signingDisabled\":true}");
      did("POST", "/rules/r" + i, "{\"sql\":\"SELECT * FROM 'a'\",\"actions\":[]}");
    }
    for (int i = 1; i < 3; i++) {
      attached("a" + i);
      did("PUT", "/target-policies/p" + i, "{\"target\":\"%s\"}".formatted(certificate));
      did(
          "POST",
          "/provisioning-templates/t0/versions",
          "{\"templateBody\":\"%s\"}".formatted(TEMPLATE.formatted("Inactive")));
    }
  }

  private static void attached(String thing) {
    assertThat(
            HandMade.request(api.port(), "PUT", "/things/" + thing + "/principals")
                .header("x-amzn-principal", certificate)
                .send()
                .statusCode())
        .isEqualTo(200);
  }

  private static JsonNode did(String method, String path, String body) throws Exception {
    HttpResponse<String> answer = HandMade.request(api.port(), method, path).body(body).send();
    assertThat(answer.statusCode()).as("%s %s: %s", method, path, answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  static Stream<Listing> lists() {
    Stream<Listing> byToken =
        Stream.of(
                "/things",
                "/thing-types",
                "/thing-groups",
                "/billing-groups",
                "/thing-groups/g0/things",
                "/things/a0/thing-groups",
                "/billing-groups/b0/things",
                "/things/a0/principals",
                "/things/a0/principals-v2",
                "/provisioning-templates",
                "/provisioning-templates/t0/versions",
                "/rules")
            .map(path -> new Listing(path, "x-none", "none", "maxResults", "nextToken"));
    Stream<Listing> ofPrincipal =
        Stream.of("/principals/things", "/principals/things-v2")
            .map(
                path ->
                    new Listing(path, "x-amzn-principal", certificate, "maxResults", "nextToken"));
    Stream<Listing> byMarker =
        Stream.of("/policies", "/certificates", "/authorizers/")
            .map(path -> new Listing(path, "x-none", "none", "pageSize", "marker"));
    Stream<Listing> ofPolicies =
        Stream.of(
            new Listing(
                "/principal-policies", "x-amzn-iot-principal", certificate, "pageSize", "marker"),
            new Listing("/policy-principals", "x-amzn-iot-policy", "p0", "pageSize", "marker"));
    return Stream.of(byToken, ofPrincipal, byMarker, ofPolicies).flatMap(each -> each);
  }

  private static HttpResponse<String> ask(Listing list, String query) {
    return HandMade.request(api.port(), "GET", list.path + "?" + query)
        .header(list.header, list.value)
        .send();
  }

  private static List<String> walked(Listing list, int size, String also) throws Exception {
    List<String> all = new ArrayList<>();
    String token = "";
    do {
      HttpResponse<String> answer =
          ask(
              list,
              "%s=%d%s%s"
                  .formatted(
                      list.size,
                      size,
                      also,
                      token.isEmpty() ? "" : "&%s=%s".formatted(list.token, token)));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      JsonNode page = JSON.readTree(answer.body());
      JsonNode items =
          page.properties().stream()
              .map(member -> member.getValue())
              .filter(value -> value instanceof ArrayNode)
              .findFirst()
              .orElseThrow();
      assertThat(items).hasSizeLessThanOrEqualTo(size);
      items.forEach(item -> all.add(item.toString()));
      JsonNode next = page.path(list.token.equals("marker") ? "nextMarker" : "nextToken");
      assertThat(next.isMissingNode() || next.isTextual()).isTrue();
      token = next.asText();
    } while (!token.isEmpty());
    return all;
  }

  @ParameterizedTest
  @MethodSource("lists")
  void pagesOfAnySizeAreTheWholeList(Listing list) throws Exception {
    List<String> whole = walked(list, 250, "");
    assertThat(whole).hasSizeGreaterThanOrEqualTo(3).doesNotHaveDuplicates();
    assertThat(walked(list, 1, "")).isEqualTo(whole);
    assertThat(walked(list, 2, "")).isEqualTo(whole);
  }

  @ParameterizedTest
  @MethodSource("lists")
  void aTokenOfNobodyOrOfAnotherListIsRefused(Listing list) throws Exception {
    Listing other =
        list.path.equals("/rules")
            ? new Listing("/things", "x-none", "none", "maxResults", "nextToken")
            : new Listing("/rules", "x-none", "none", "maxResults", "nextToken");
    String foreign = JSON.readTree(ask(other, "maxResults=1").body()).path("nextToken").asText();
    String old =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString("a0".getBytes(StandardCharsets.UTF_8));
    for (String token : List.of(foreign, old, "garbage", "AAAA", "-", "7")) {
      HttpResponse<String> answer = ask(list, list.token + "=" + token);
      assertThat(answer.statusCode()).as("%s: %s", token, answer.body()).isEqualTo(400);
      assertThat(answer.headers().firstValue("x-amzn-errortype"))
          .contains("InvalidRequestException");
      assertThat(answer.body()).contains("'" + list.token + "'");
    }
    assertThat(ask(list, list.token + "=").statusCode()).isIn(200, 400); // none, or too short
  }

  @ParameterizedTest
  @MethodSource("lists")
  void ascendingIsTheOtherWayRound(Listing list) throws Exception {
    if (list.token.equals("marker")) {
      List<String> up = walked(list, 2, "&isAscendingOrder=true");
      Collections.reverse(up);
      assertThat(walked(list, 2, "&isAscendingOrder=false")).isEqualTo(up);
    }
  }

  /** Lists that are always whole have no next page. */
  @Test
  void aTokenOfAListWithoutPagesIsRefused() {
    String tags = "/tags?resourceArn=arn%3Aaws%3Aiot%3Alocal%3A000000000000%3Athinggroup%2Fg0";
    for (String path : List.of("/indices?", tags + "&")) {
      assertThat(HandMade.request(api.port(), "GET", path + "nextToken=x").send().statusCode())
          .as(path)
          .isEqualTo(400);
    }
  }
}
