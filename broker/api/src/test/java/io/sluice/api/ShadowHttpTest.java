package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Shadows over HTTP, by hand: their past, and what nobody should send. */
class ShadowHttpTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static RunningApi api;

  @BeforeAll
  static void start() {
    api = new RunningApi();
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static HttpResponse<String> send(String method, String target, String body) {
    return HandMade.request(api.port(), method, target).body(body).send();
  }

  private static JsonNode ok(HttpResponse<String> response) throws IOException {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  private static JsonNode update(String thing, String state) throws IOException {
    return ok(send("POST", "/things/" + thing + "/shadow", "{\"state\":" + state + "}"));
  }

  private static JsonNode get(String target) throws IOException {
    return ok(send("GET", target, ""));
  }

  private static void threeVersions(String thing) throws IOException {
    update(thing, "{\"desired\":{\"t\":1}}");
    update(thing, "{\"desired\":{\"t\":2},\"reported\":{\"t\":1}}");
    update(thing, "{\"desired\":{\"t\":3}}");
  }

  @Test
  void aVersionIsReadAsItWas() throws Exception {
    threeVersions("past1");
    JsonNode was = get("/things/past1/shadow?asOfVersion=2");
    assertThat(was.get("version").intValue()).isEqualTo(2);
    assertThat(was.at("/state/desired/t").intValue()).isEqualTo(2);
    assertThat(was.at("/state/delta/t").intValue()).isEqualTo(2);
    HttpResponse<String> never = send("GET", "/things/past1/shadow?asOfVersion=9", "");
    assertThat(never.statusCode()).isEqualTo(404);
    assertThat(never.body()).contains("No version 9 of shadow 'past1': kept are 1 to 3");
  }

  @Test
  void aTimeIsReadAsItWasInWordsAndInMilliseconds() throws Exception {
    threeVersions("past2");
    long at =
        get("/things/past2/shadow?history=true").at("/versions/2/changedAtMillis").longValue();
    assertThat(get("/things/past2/shadow?asOfTime=" + at).get("version").intValue()).isEqualTo(3);
    String words = Instant.ofEpochMilli(at + 1000).toString();
    assertThat(get("/things/past2/shadow?asOfTime=" + words).get("version").intValue())
        .isEqualTo(3);
    assertThat(send("GET", "/things/past2/shadow?asOfTime=2020-01-01T00:00:00Z", "").statusCode())
        .isEqualTo(404);
  }

  @Test
  void theHistoryTellsWhoChangedWhatAndComesInPages() throws Exception {
    threeVersions("past3");
    JsonNode page = get("/things/past3/shadow?history=true&fromVersion=2&pageSize=1");
    assertThat(page.get("versions")).hasSize(1);
    assertThat(page.get("nextVersion").intValue()).isEqualTo(3);
    assertThat(page.get("firstVersion").intValue()).isEqualTo(1);
    assertThat(page.get("lastVersion").intValue()).isEqualTo(3);
    JsonNode change = page.at("/versions/0");
    assertThat(change.get("principal").textValue()).isEqualTo(HandMade.ADMIN.id());
    assertThat(change.get("source").textValue()).isEqualTo("http");
    assertThat(change.get("sourceIp").textValue()).isEqualTo("127.0.0.1");
    assertThat(change.get("change").textValue()).isEqualTo("update");
    assertThat(change.at("/state/reported/t").intValue()).isEqualTo(1);
  }

  @Test
  void aDiffIsBetweenTwoVersionsOrWithTheCurrentOne() throws Exception {
    threeVersions("past4");
    assertThat(get("/things/past4/shadow?diffFrom=1&diffTo=2").get("changes")).hasSize(2);
    JsonNode now = get("/things/past4/shadow?diffFrom=2");
    assertThat(now.get("toVersion").intValue()).isEqualTo(3);
    assertThat(now.at("/changes/0").toString())
        .isEqualTo("{\"path\":\"/desired/t\",\"before\":2,\"after\":3}");
  }

  @Test
  void rollingBackMakesANewVersionThatSubscribersHearOf() throws Exception {
    threeVersions("past5");
    api.shadowTopics.clear();
    assertThat(send("POST", "/things/past5/shadow?rollBackTo=1&expectedVersion=2", "").statusCode())
        .isEqualTo(409);
    assertThat(api.shadowTopics).isEmpty();
    JsonNode back = ok(send("POST", "/things/past5/shadow?rollBackTo=1&expectedVersion=3", ""));
    assertThat(back.get("version").intValue()).isEqualTo(4);
    assertThat(get("/things/past5/shadow").get("state").toString())
        .isEqualTo("{\"desired\":{\"t\":1},\"delta\":{\"t\":1}}");
    assertThat(api.shadowTopics)
        .containsExactly(
            "$aws/things/past5/shadow/update/accepted",
            "$aws/things/past5/shadow/update/delta",
            "$aws/things/past5/shadow/update/documents");
  }

  @Test
  void namedShadowsHaveTheirOwnPast() throws Exception {
    ok(send("POST", "/things/past6/shadow?name=n", "{\"state\":{\"desired\":{\"a\":1}}}"));
    assertThat(get("/things/past6/shadow?name=n&asOfVersion=1").at("/state/desired/a").intValue())
        .isEqualTo(1);
    assertThat(send("GET", "/things/past6/shadow?asOfVersion=1", "").statusCode()).isEqualTo(404);
  }

  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET    | asOfversion=1                  | unknown query parameter 'asOfversion'
          GET    | rollBackTo=1                   | unknown query parameter 'rollBackTo'
          POST   | asOfVersion=1                  | unknown query parameter 'asOfVersion'
          DELETE | asOfVersion=1                  | unknown query parameter 'asOfVersion'
          GET    | asOfVersion=1&history=true     | ask for different things
          GET    | asOfVersion=1&asOfTime=1       | ask for different things
          GET    | asOfVersion=one                | must be a version
          GET    | asOfVersion=-1                 | must be a version
          GET    | asOfVersion=                   | must be a version
          GET    | asOfTime=yesterday             | must be a time
          GET    | asOfTime=1700000000            | milliseconds since 1970; found '1700000000'
          GET    | history=perhaps                | true or false
          GET    | history=true&pageSize=0        | from 1 to 100
          GET    | history=true&fromVersion=x     | must be a version
          GET    | pageSize=5                     | goes with 'history'
          GET    | diffTo=5                       | goes with 'diffFrom'
          POST   | expectedVersion=5              | goes with 'rollBackTo'
          POST   | rollBackTo=x                   | must be a version
          """)
  void aQuestionThatCannotBeAnsweredIsExplainedAndNothingChanges(
      String method, String query, String sentence) throws Exception {
    int before = update("asked", "{\"reported\":{\"n\":1}}").get("version").intValue();
    HttpResponse<String> refused = send(method, "/things/asked/shadow?" + query, "");
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
    assertThat(refused.headers().firstValue("x-amzn-errortype"))
        .contains("InvalidRequestException");
    assertThat(refused.body()).contains(sentence);
    assertThat(get("/things/asked/shadow").get("version").intValue()).isEqualTo(before);
  }

  @Test
  void aRollBackWithABodyIsNoUpdate() {
    HttpResponse<String> refused = send("POST", "/things/asked/shadow?rollBackTo=1", "{}");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("a roll back has no body");
  }

  /** AWS IoT Developer Guide, "Device Shadow error messages". */
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          400 | Invalid JSON                     | InvalidRequestException | {"state":{"desired":
          400 | Invalid JSON                     | InvalidRequestException | hello
          400 | Invalid JSON                     | InvalidRequestException | []
          400 | Missing required node: state     | InvalidRequestException | {}
          400 | State node must be an object     | InvalidRequestException | {"state":7}
          400 | Desired node must be an object   | InvalidRequestException | {"state":{"desired":"on"}}
          400 | Reported node must be an object  | InvalidRequestException | {"state":{"reported":[1]}}
          400 | Invalid version                  | InvalidRequestException | {"state":{},"version":"1"}
          400 | Invalid clientToken              | InvalidRequestException | {"state":{},"clientToken":5}
          400 | State contains an invalid node   | InvalidRequestException | {"state":{"delta":{"a":1}}}
          400 | State contains an invalid node   | InvalidRequestException | {"state":{"desired":{"a":[null]}}}
          409 | Version conflict                 | ConflictException       | {"state":{},"version":99}
          """)
  void aWrongUpdateIsToldAsDocumentedAndNothingChanges(
      int status, String message, String type, String body) throws Exception {
    JsonNode before = update("bad", "{\"desired\":{\"a\":1}}");
    api.shadowTopics.clear();
    HttpResponse<String> refused = send("POST", "/things/bad/shadow", body);
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(status);
    assertThat(refused.headers().firstValue("x-amzn-errortype")).contains(type);
    assertThat(JSON.readTree(refused.body()).get("message").textValue()).isEqualTo(message);
    assertThat(api.shadowTopics).as("over HTTP only the caller is told").isEmpty();
    assertThat(get("/things/bad/shadow").get("version")).isEqualTo(before.get("version"));
  }

  @Test
  void anotherEncodingIsTold415() {
    HttpResponse<String> refused =
        HandMade.request(api.port(), "POST", "/things/bad/shadow")
            .body("{\"state\":{}}".getBytes(java.nio.charset.StandardCharsets.UTF_16LE))
            .send();
    assertThat(refused.statusCode()).isEqualTo(415);
    assertThat(refused.headers().firstValue("x-amzn-errortype"))
        .contains("UnsupportedDocumentEncodingException");
    assertThat(refused.body())
        .contains("Unsupported documented encoding; supported encoding is UTF-8");
  }

  @ParameterizedTest(name = "{0} {1}: {2} {3}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          GET    | /things/nobody/shadow               | 404 | No shadow exists with name: 'nobody'
          GET    | /things/nobody/shadow?name=n        | 404 | No shadow exists with name: 'n'
          DELETE | /things/nobody/shadow               | 404 | No shadow exists with name: 'nobody'
          DELETE | /things/nobody/shadow?name=n        | 404 | No shadow exists with name: 'n'
          GET    | /things/no%20body/shadow            | 400 | Invalid thing name
          POST   | /things/a%2Fb/shadow                | 400 | Invalid thing name
          POST   | /things/nobody/shadow?name=a%2Fb    | 400 | Invalid shadow name
          POST   | /things/nobody/shadow?name=         | 400 | Invalid shadow name
          GET    | /api/things/shadow/ListNamedShadowsForThing/no%20body | 400 | Invalid thing name
          """)
  void whatCannotBeFoundOrNamedIsToldAsDocumented(
      String method, String target, int status, String message) throws Exception {
    HttpResponse<String> refused =
        send(method, target, method.equals("POST") ? "{\"state\":{}}" : "");
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(status);
    assertThat(JSON.readTree(refused.body()).get("message").textValue()).isEqualTo(message);
  }

  @Test
  void theClientTokenComesBackWhenAnUpdateIsRefused() throws Exception {
    HttpResponse<String> refused =
        send("POST", "/things/bad/shadow", "{\"state\":7,\"clientToken\":\"mine\"}");
    assertThat(JSON.readTree(refused.body()).get("clientToken").textValue()).isEqualTo("mine");
  }

  @Test
  void aReaderMayLookAtThePastAndNotChangeIt() throws Exception {
    threeVersions("past7");
    assertThat(
            HandMade.request(api.port(), "GET", "/things/past7/shadow?asOfVersion=1")
                .key(HandMade.READER)
                .send()
                .statusCode())
        .isEqualTo(200);
    assertThat(
            HandMade.request(api.port(), "POST", "/things/past7/shadow?rollBackTo=1")
                .key(HandMade.READER)
                .send()
                .statusCode())
        .isEqualTo(403);
  }

  @Test
  void unknownThingsHaveNoNamedShadows() throws Exception {
    JsonNode list = get("/api/things/shadow/ListNamedShadowsForThing/never-seen");
    assertThat(list.get("results")).isEmpty();
    assertThat(list.has("nextToken")).isFalse();
    assertThat(list.get("timestamp").longValue()).isPositive();
  }
}
