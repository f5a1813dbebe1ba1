package io.sluice.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an update may look like, and what it is told otherwise: reference section 4.5. */
class ShadowUpdateTest {
  private static final ShadowLimits LIMITS = ShadowLimits.AWS;

  private static ShadowUpdate parse(String payload) {
    return ShadowUpdate.parse(Json.bytes(payload), LIMITS, true);
  }

  private static ShadowRejected refusal(byte[] payload) {
    ShadowRejected refusal =
        catchThrowableOfType(ShadowRejected.class, () -> ShadowUpdate.parse(payload, LIMITS, true));
    assertThat(refusal).as("refusal of the payload").isNotNull();
    return refusal;
  }

  @ParameterizedTest(name = "{1}: {0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {}                                         | Missing required node: state
          {'version':1}                              | Missing required node: state
          {'state':1}                                | State node must be an object
          {'state':'x'}                              | State node must be an object
          {'state':[]}                               | State node must be an object
          {'state':{'desired':1}}                    | Desired node must be an object
          {'state':{'desired':[]}}                   | Desired node must be an object
          {'state':{'reported':'on'}}                | Reported node must be an object
          {'state':{'reported':[1]}}                 | Reported node must be an object
          {'state':{},'version':'1'}                 | Invalid version
          {'state':{},'version':1.0}                 | Invalid version
          {'state':{},'version':-1}                  | Invalid version
          {'state':{},'version':null}                | Invalid version
          {'state':{},'version':{}}                  | Invalid version
          {'state':{},'version':99999999999999999999} | Invalid version
          {'state':{},'clientToken':1}               | Invalid clientToken
          {'state':{},'clientToken':null}            | Invalid clientToken
          {'state':{},'clientToken':{}}              | Invalid clientToken
          {'state':{},'sequence':'7'}                | Invalid sequence
          {'state':{'delta':{}}}                     | State contains an invalid node
          {'state':{'desired':{},'foo':1}}           | State contains an invalid node
          {'state':{'desired':{'a':[1,null]}}}       | State contains an invalid node
          {'state':{'desired':{'a':[{'b':null}]}}}   | State contains an invalid node
          {'state':{'desired':{'a':[[null]]}}}       | State contains an invalid node
          """)
  void badRequestsAreTold400(String payload, String message) {
    assertThat(refusal(Json.bytes(payload)).error()).isEqualTo(new ShadowError(400, message));
  }

  @ParameterizedTest(name = "[{0}]")
  @ValueSource(
      strings = {
        "",
        " ",
        "x",
        "{",
        "[]",
        "null",
        "'text'",
        "{'state':{}",
        "{'state':{}}}",
        "{'state':{}} x",
        "{'state':{}} {}",
        "{'state':{},}",
        "{'state':{'desired':{'a':}}}",
        "{'state':{'desired':{'a':[1,]}}}",
        "{'state':{'desired':{'a':[1}}}",
        "{'state':{'desired':{'a':[1",
        "{'state':{'desired':{'a':01}}}",
        "{'state':{'desired':{'a':NaN}}}",
        "{'state':{'desired':{'a':+1}}}",
        "{'state':{'desired':{a:1}}}",
        "{'state':{'desired':{'a':1 'b':2}}}",
        "{'state':{},/* comment */'version':1}",
        "{'state':{'desired':{'a':1,'a':2}}}",
        "{'state':{},'state':{}}",
        "{'state':{'desired':{}},'x':{'a':1,'a':2}}",
        "{'state':{'desired':{'a':'\\ud800'}}}",
        "{'state':{'desired':{'\\udc00':1}}}",
        "{'state':{'desired':{'a':1e308}}}",
        "{'state':{'desired':{'a':-1e999999999}}}",
        "{'state':{'desired':{'a':1e-400}}}",
        "{'state':{'desired':{'a':0e2147483647}}}",
        "{'state':{'desired':{'a':1e99999999999}}}"
      })
  void whatIsNotJsonIsCalledSo(String payload) {
    assertThat(refusal(Json.bytes(payload)).error())
        .isEqualTo(new ShadowError(400, "Invalid JSON"));
  }

  @Test
  void aNumberWithoutEndIsNotJson() {
    String digits = "1".repeat(100_000);
    assertThat(refusal(Json.bytes("{'state':{'desired':{'a':" + digits + "}}}")).error())
        .isEqualTo(new ShadowError(400, "Invalid JSON"));
  }

  @Test
  void aNestingBombIsTooDeepAndCostsNoStack() {
    String bomb = "{'state':{'desired':" + "{'a':".repeat(20_000);
    assertThat(refusal(Json.bytes(bomb)).error())
        .isEqualTo(new ShadowError(400, "JSON contains too many levels of nesting; maximum is 8"));
    String elsewhere = "{'state':{},'x':" + "[".repeat(20_000);
    assertThat(refusal(Json.bytes(elsewhere)).error())
        .isEqualTo(new ShadowError(400, "JSON contains too many levels of nesting; maximum is 8"));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"UTF-16BE", "UTF-16LE", "UTF-16", "UTF-32BE", "UTF-32LE", "ISO-8859-1"})
  void otherEncodingsAreTold415(String encoding) {
    byte[] payload =
        "{\"state\":{\"desired\":{\"a\":\"\u00e9\"}}}".getBytes(Charset.forName(encoding));
    assertThat(refusal(payload).error())
        .isEqualTo(
            new ShadowError(415, "Unsupported documented encoding; supported encoding is UTF-8"));
  }

  @Test
  void malformedUtf8IsTold415() {
    byte[] overlong = Json.bytes("{'state':{'desired':{'a':'??'}}}");
    for (int i = 0; i < overlong.length; i++) {
      if (overlong[i] == '?') {
        overlong[i] = (byte) (overlong[i + 1] == '?' ? 0xC0 : 0xAF);
      }
    }
    assertThat(refusal(overlong).error().code()).isEqualTo(415);
  }

  @Test
  void theReplacementCharacterItselfIsWelcome() {
    assertThat(parse("{'state':{'desired':{'a':'\uFFFD'}}}").state().at("/desired/a").textValue())
        .isEqualTo("\uFFFD");
  }

  @Test
  void charactersBeyondTheFirstPlaneAreWelcomeRawAndEscaped() {
    ShadowUpdate update =
        parse("{'state':{'desired':{'raw':'\uD83D\uDE00','escaped':'\\ud83d\\ude00'}}}");
    assertThat(update.state().at("/desired/raw")).isEqualTo(update.state().at("/desired/escaped"));
  }

  @ParameterizedTest(name = "{0} levels: {1}")
  @CsvSource({"8, true", "9, false"})
  void levelsAreCountedFromTheSectionDown(int levels, boolean allowed) {
    String value = "1";
    for (int i = 0; i < levels; i++) {
      value = "{'k':" + value + "}";
    }
    byte[] payload = Json.bytes("{'state':{'reported':" + value + "},'clientToken':'t'}");
    if (allowed) {
      assertThat(ShadowUpdate.parse(payload, LIMITS, true).state().has("reported")).isTrue();
    } else {
      ShadowRejected refusal = refusal(payload);
      assertThat(refusal.error().message())
          .isEqualTo("JSON contains too many levels of nesting; maximum is 8");
      assertThat(refusal.clientToken()).isEqualTo("t");
    }
  }

  @Test
  void theMessageNamesTheLimitInForce() {
    ShadowLimits six = new ShadowLimits(1 << 16, 1 << 13, 6, 64);
    byte[] payload = Json.bytes("{'state':{'desired':" + "{'k':".repeat(7) + "1" + "}".repeat(9));
    assertThat(
            catchThrowableOfType(ShadowRejected.class, () -> ShadowUpdate.parse(payload, six, true))
                .error()
                .message())
        .isEqualTo("JSON contains too many levels of nesting; maximum is 6");
  }

  @Test
  void anElementOfAnArrayIsOneLevelDown() {
    assertThat(parse("{'state':{'desired':" + "{'k':".repeat(7) + "[1]" + "}".repeat(9)).state())
        .isNotNull();
    assertThat(
            refusal(Json.bytes("{'state':{'desired':" + "{'k':".repeat(8) + "[1]" + "}".repeat(10)))
                .error()
                .code())
        .isEqualTo(400);
  }

  @Test
  void ignoredPartsMayNestDeeper() {
    assertThat(parse("{'x':" + "[".repeat(100) + "]".repeat(100) + ",'state':{}}").state())
        .isEqualTo(Json.tree("{}"));
  }

  @Test
  void everyComplaintAboutTheStateCarriesTheClientTokenWhereverItStands() {
    assertThat(refusal(Json.bytes("{'state':{'delta':{}},'clientToken':'t'}")).clientToken())
        .isEqualTo("t");
    assertThat(refusal(Json.bytes("{'clientToken':'t','version':'x'}")).clientToken())
        .isEqualTo("t");
    assertThat(refusal(Json.bytes("{'clientToken':'t'}")).clientToken()).isEqualTo("t");
  }

  @ParameterizedTest(name = "{0} bytes: {1}")
  @CsvSource({"64, true", "65, false"})
  void aClientTokenHas64BytesAtMost(int bytes, boolean allowed) {
    String token = "\u00e9".repeat(bytes / 2) + "x".repeat(bytes % 2);
    byte[] payload = Json.bytes("{'state':{},'clientToken':'" + token + "'}");
    if (allowed) {
      assertThat(ShadowUpdate.parse(payload, LIMITS, true).clientToken()).isEqualTo(token);
    } else {
      assertThat(refusal(payload).error()).isEqualTo(new ShadowError(400, "Invalid clientToken"));
    }
  }

  @Test
  void aRequestTooLargeIsTold413WithItsToken() {
    String padding = " ".repeat(LIMITS.requestBytesMax());
    ShadowRejected refusal = refusal(Json.bytes("{'state':{}," + padding + "'clientToken':'t'}"));
    assertThat(refusal.error())
        .isEqualTo(new ShadowError(413, "The payload exceeds the maximum size allowed"));
    assertThat(refusal.clientToken()).isEqualTo("t");
  }

  @Test
  void numbersKeepTheirDigits() {
    ShadowUpdate update =
        parse("{'state':{'desired':{'a':1.10,'b':123456789012345678901,'c':9007199254740993}}}");
    assertThat(new String(ShadowJson.write(update.state()), StandardCharsets.UTF_8))
        .isEqualTo("{\"desired\":{\"a\":1.10,\"b\":123456789012345678901,\"c\":9007199254740993}}");
  }

  @Test
  void aGetOrDeleteMayBeEmptyOrHoldAToken() {
    assertThat(ShadowUpdate.parseClientToken(new byte[0], LIMITS)).isNull();
    assertThat(ShadowUpdate.parseClientToken(Json.bytes("{}"), LIMITS)).isNull();
    assertThat(
            ShadowUpdate.parseClientToken(
                Json.bytes("{'thingName':'T','clientToken':'t'}"), LIMITS))
        .isEqualTo("t");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          x                       | Invalid JSON
          []                      | Invalid JSON
          {'clientToken':'t'} x   | Invalid JSON
          {'clientToken':7}       | Invalid clientToken
          """)
  void aGetOrDeleteThatIsSomethingElseIsRefused(String payload, String message) {
    ShadowRejected refusal =
        catchThrowableOfType(
            ShadowRejected.class, () -> ShadowUpdate.parseClientToken(Json.bytes(payload), LIMITS));
    assertThat(refusal.error()).isEqualTo(new ShadowError(400, message));
  }

  @Test
  void sequencesMeanNothingUnlessStaleReportsAreRefused() {
    ShadowUpdate update =
        ShadowUpdate.parse(
            Json.bytes("{'state':{},'sequence':'x','timestamp':1.5}"), LIMITS, false);
    assertThat(update.sequence()).isNull();
  }
}
