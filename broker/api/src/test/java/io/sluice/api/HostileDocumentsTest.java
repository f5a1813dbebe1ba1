package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Documents that mean harm or are broken: each is refused by an error of AWS's that says where, and
 * leaves nothing behind, neither a policy nor a version nor a half of one.
 */
class HostileDocumentsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String WELL =
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:Publish\",\"Resource\":\"*\"}]}";
  private static final int WIRE_MAX = 404_600; // as in the AWS IoT API Reference

  private static RunningApi api;

  @BeforeAll
  static void start() {
    api = new RunningApi();
    assertThat(create("kept", WELL).statusCode()).isEqualTo(200);
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static HttpResponse<String> post(String path, Map<String, ?> body) {
    try {
      return HandMade.request(api.port(), "POST", path).body(JSON.writeValueAsString(body)).send();
    } catch (JsonProcessingException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static HttpResponse<String> create(String name, String document) {
    return post("/policies/" + name, Map.of("policyDocument", document));
  }

  /** What the statement has beside the usual, or a whole document. */
  record Hostile(String name, String document, String place) {
    static Hostile statement(String members, String place) {
      return new Hostile(members, "{\"Statement\":[%s]}".formatted(members), place);
    }

    @Override
    public String toString() {
      return name.length() > 90 ? name.substring(0, 90) + "..." : name;
    }
  }

  static List<Hostile> hostile() {
    List<Hostile> all = new ArrayList<>();
    String[][] statements = {
      {"{'Effect':'Allow','NotAction':'iot:*','Resource':'*'}", "statement 1: key 'NotAction'"},
      {"{'Effect':'Allow','Action':'iot:*','NotResource':'*'}", "statement 1: key 'NotResource'"},
      {
        "{'Effect':'Allow','Principal':'*','Action':'iot:*','Resource':'*'}",
        "statement 1: key 'Principal'"
      },
      {"{'Action':'iot:*','Resource':'*'}", "statement 1: key 'Effect' is missing"},
      {"{'effect':'Allow','Action':'iot:*','Resource':'*'}", "statement 1: key 'effect'"},
      {"{'Effect':['Allow'],'Action':'iot:*','Resource':'*'}", "statement 1: key 'Effect'"},
      {"{'Effect':true,'Action':'iot:*','Resource':'*'}", "statement 1: key 'Effect'"},
      {"{'Effect':'Allow','Action':[['iot:Publish']],'Resource':'*'}", "statement 1: key 'Action'"},
      {
        "{'Effect':'Allow','Action':{'a':'iot:Publish'},'Resource':'*'}",
        "statement 1: key 'Action'"
      },
      {"{'Effect':'Allow','Action':7,'Resource':'*'}", "statement 1: key 'Action' is a number"},
      {"{'Effect':'Allow','Action':null,'Resource':'*'}", "statement 1: key 'Action' is null"},
      {"{'Effect':'Allow','Action':'','Resource':'*'}", "statement 1: key 'Action'"},
      {"{'Effect':'Allow','Action':'iot:Pub lish','Resource':'*'}", "statement 1: key 'Action'"},
      {
        "{'Effect':'Allow','Action':'iot:\u0420ublish','Resource':'*'}", "statement 1: key 'Action'"
      },
      {"{'Effect':'Allow','Action':'iot:*','Resource':[]}", "statement 1: key 'Resource'"},
      {"{'Effect':'Allow','Action':'iot:*','Resource':[['*']]}", "statement 1: key 'Resource'"},
      {"{'Effect':'Allow','Action':'iot:*','Resource':1e400}", "statement 1: key 'Resource'"},
      {"{'Effect':'Allow','Action':'iot:*','Resource':'topic/a'}", "statement 1: key 'Resource'"},
      {"{'Effect':'Allow','Effect':'Deny','Action':'iot:*','Resource':'*'}", "'Effect'"},
      {"{'Effect':'Allow','Action':'iot:*','Action':'iot:Connect','Resource':'*'}", "'Action'"},
      {"{'Effect':'Allow','Action':'iot:*','Resource':'*','Sid':{}}", "statement 1: key 'Sid'"},
      {
        "{'Effect':'Allow','Action':'iot:*','Resource':'*','Condition':[]}",
        "statement 1: key 'Condition'"
      },
      {
        "{'Effect':'Allow','Action':'iot:*','Resource':'*'},[{'Effect':'Allow'}]",
        "statement 2 is a list"
      },
      {"{'Effect':'Allow','Action':'iot:*','Resource':'*'},null", "statement 2 is null"},
      {"{'Effect':'Allow','Action':'iot:*','Resource':'arn:x/\\ud800'}", "character"},
      {"{'Effect':'Allow','Action':'iot:*','Resource':'*','Sid':'\\udc00x'}", "character"},
    };
    for (String[] one : statements) {
      all.add(Hostile.statement(one[0].replace('\'', '"'), one[1]));
    }
    all.add(
        new Hostile(
            "a variable without an end",
            WELL.replace("\"*\"", "\"arn:x/${%s\"".formatted("x".repeat(3_000))),
            "statement 1: key 'Resource'"));
    all.add(new Hostile("empty", "", "policy"));
    all.add(new Hostile("white space", " \n\t ", "policy"));
    all.add(new Hostile("a byte order mark", "\uFEFF" + WELL, "line 1"));
    all.add(new Hostile("NUL", WELL + "\u0000", "line 1"));
    all.add(new Hostile("two documents", WELL + WELL, "line 1"));
    all.add(new Hostile("a comment", "/* x */" + WELL, "line 1"));
    all.add(new Hostile("quotes of another kind", WELL.replace('"', '\''), "line 1"));
    all.add(new Hostile("cut off", WELL.substring(0, WELL.length() - 3), "line 1"));
    all.add(new Hostile("a text", "\"" + "x".repeat(20) + "\"", "a string"));
    all.add(new Hostile("not a number", "NaN", "line 1"));
    all.add(new Hostile("deep", "[".repeat(50_000), ""));
    all.add(new Hostile("deep, in 16,000", "[".repeat(8_000) + "]".repeat(8_000), ""));
    all.add(
        new Hostile(
            "deep in a condition",
            "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"*\",\"Condition\":%s%s}]}"
                .formatted("{\"StringEquals\":".repeat(600), "1" + "}".repeat(600)),
            "Condition.StringEquals"));
    all.add(new Hostile("a megabyte", WELL.replace("*", "*" + "x".repeat(1 << 20)), "characters"));
    all.add(new Hostile("a megabyte of blanks", WELL + " ".repeat(1 << 20), "404600"));
    all.add(
        new Hostile("a number of 10,000 digits", "{\"Version\":" + "9".repeat(10_000) + "}", ""));
    return all;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostile")
  void isRefusedWithThePlaceAndLeavesNothing(Hostile hostile) throws Exception {
    for (String path : List.of("/policies/hostile", "/policies/kept/version?setAsDefault=true")) {
      HttpResponse<String> answer = post(path, Map.of("policyDocument", hostile.document()));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
      assertThat(answer.headers().firstValue("x-amzn-errortype"))
          .contains("MalformedPolicyException");
      assertThat(JSON.readTree(answer.body()).path("message").asText())
          .contains(hostile.place())
          .doesNotContain("Source:")
          .hasSizeLessThan(600);
    }
    assertThat(get("/policies").path("policies")).hasSize(1);
    assertThat(get("/policies/hostile").has("policyName")).isFalse();
    assertThat(get("/policies/kept/version").path("policyVersions")).hasSize(1);
    assertThat(get("/policies/kept").path("policyDocument").asText()).isEqualTo(WELL);
  }

  private static JsonNode get(String path) throws JsonProcessingException {
    return JSON.readTree(HandMade.request(api.port(), "GET", path).send().body());
  }

  /** Odd, and yet what the grammar says. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "iot:connect",
        "IOT:PUBLISH",
        "iot:*",
        "*",
        "iot:Get*",
        "iot:Pub?ish",
        "iot:\\u0050ublish",
        "s3:GetObject",
        "iot:CreateThing"
      })
  void anActionMayBeWrittenSo(String action) {
    HttpResponse<String> answer = create("odd", WELL.replace("iot:Publish", action));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    HandMade.request(api.port(), "DELETE", "/policies/odd").send();
  }

  /** Blanks do not count against a policy's length, up to what the wire takes. */
  @Test
  void blanksMayFillADocumentUpToTheLimitOfTheWire() {
    assertThat(create("blank", WELL + " ".repeat(WIRE_MAX - WELL.length())).statusCode())
        .isEqualTo(200);
    HandMade.request(api.port(), "DELETE", "/policies/blank").send();
  }

  /** Half of a character cannot be kept, wherever people may write freely. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST /thing-types/half {\"thingTypeProperties\":{\"thingTypeDescription\":\"\\ud800\"}}",
        "POST /thing-groups/half {\"thingGroupProperties\":{\"thingGroupDescription\":\"\\udc00\"}}",
        "POST /billing-groups/half {\"billingGroupProperties\":{\"billingGroupDescription\":\"a\\ud800b\"}}",
        "POST /thing-groups/half {\"tags\":[{\"Key\":\"k\",\"Value\":\"\\ud800\"}]}",
        "POST /provisioning-templates {\"templateName\":\"half\",\"description\":\"\\ud800\",\"templateBody\":\"{}\"}",
        "POST /provisioning-templates {\"templateName\":\"half\",\"templateBody\":\"{\\\"Resources\\\":{\\\"c\\\":{\\\"Type\\\":\\\"\\ud800\\\"}}}\"}",
        "POST /rules/half {\"sql\":\"SELECT * FROM 'a'\",\"description\":\"\\ud800\",\"actions\":[]}"
      })
  void halfACharacterIsRefusedAndNothingIsMade(String request) throws Exception {
    String[] parts = request.split(" ", 3);
    HttpResponse<String> answer =
        HandMade.request(api.port(), parts[0], parts[1]).body(parts[2]).send();
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(answer.headers().firstValue("x-amzn-errortype")).contains("InvalidRequestException");
    assertThat(
            HandMade.request(
                    api.port(),
                    "GET",
                    parts[1].endsWith("half") ? parts[1] : "/provisioning-templates/half")
                .send()
                .statusCode())
        .isIn(401, 404);
  }

  private static HttpResponse<String> tag(String tags) {
    return HandMade.request(api.port(), "POST", "/tags")
        .body(
            "{\"resourceArn\":\"arn:aws:iot:local:000000000000:policy/kept\",\"tags\":["
                + tags
                + "]}")
        .send();
  }

  private static String refusal(String tags) {
    HttpResponse<String> answer = tag(tags);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    return answer.body();
  }

  @Test
  void aListOfAMillionIsRefusedForItsLengthAlone() {
    assertThat(refusal("{},".repeat(1_000_000) + "{}"))
        .contains("1 validation error detected")
        .contains("Value at 'tags'")
        .contains("less than or equal to 10000");
  }

  @Test
  void afterTenMistakesTheRestOfARequestIsNotLookedAt() {
    assertThat(refusal("{},".repeat(9_998) + "{}"))
        .contains("10 validation errors detected")
        .contains("tags.10.member")
        .doesNotContain("tags.11.member");
  }

  @Test
  void aRequestOfTheControlPlaneThatIsTooLongIsNotRead() {
    assertThat(tag("{},".repeat(2_000_000) + "{}").statusCode()).isEqualTo(413);
  }
}
