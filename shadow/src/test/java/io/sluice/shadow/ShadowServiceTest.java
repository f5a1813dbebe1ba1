package io.sluice.shadow;

import static io.sluice.shadow.ShadowHouse.BACKEND;
import static io.sluice.shadow.ShadowHouse.DEVICE;
import static io.sluice.shadow.ShadowHouse.NOW_SECONDS;
import static io.sluice.shadow.ShadowHouse.accepted;
import static io.sluice.shadow.ShadowHouse.rejected;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.message.Origin;
import io.sluice.message.TopicFilter;
import io.sluice.message.TopicName;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a shadow answers and tells: reference sections 4.1 to 4.5 and the rows of section 7. */
class ShadowServiceTest {
  private static final ShadowAddress CLASSIC = ShadowAddress.classic("T");

  private final ShadowHouse house = new ShadowHouse();

  private ShadowReply http(String payload) {
    return house.ask(new ShadowRequest.Update(CLASSIC, Json.bytes(payload), BACKEND));
  }

  private ShadowReply delete() {
    return house.mqtt("$aws/things/T/shadow/delete", "");
  }

  @Test
  void row1TheFirstUpdateHasVersion1ADeltaAndNoPrevious() {
    house.update("{'state':{'desired':{'a':1}}}");
    assertThat(house.heard("update/accepted"))
        .containsExactly(
            Json.tree(
                "{'state':{'desired':{'a':1}},'metadata':{'desired':{'a':{'timestamp':1700000000}}},'version':1,'timestamp':1700000000}"));
    assertThat(house.heard("update/delta"))
        .containsExactly(
            Json.tree(
                "{'version':1,'timestamp':1700000000,'state':{'a':1},'metadata':{'a':{'timestamp':1700000000}}}"));
    assertThat(house.heard("update/documents"))
        .containsExactly(
            Json.tree(
                "{'current':{'state':{'desired':{'a':1}},'metadata':{'desired':{'a':{'timestamp':1700000000}}},'version':1},'timestamp':1700000000}"));
  }

  @Test
  void row2AReportedUpdateTellsTheWholeRestOfTheDelta() {
    house.update("{'state':{'desired':{'a':1,'b':2}}}");
    house.told.clear();
    house.update("{'state':{'reported':{'a':1}}}");
    assertThat(house.heard("update/delta"))
        .singleElement()
        .extracting(d -> d.get("state"))
        .isEqualTo(Json.tree("{'b':2}"));
    house.update("{'state':{'reported':{'z':1}}}");
    assertThat(house.heard("update/delta")).hasSize(2);
  }

  @Test
  void row3WhatIsCaughtUpHasNoDelta() {
    house.update("{'state':{'desired':{'a':1},'reported':{'a':1}}}");
    house.update("{'state':{'reported':{'a':1}}}");
    assertThat(house.heard("update/delta")).isEmpty();
    assertThat(house.get().at("/state").has("delta")).isFalse();
  }

  @Test
  void row4ReportedAloneIsNoDelta() {
    house.update("{'state':{'desired':{'a':1},'reported':{'a':1,'z':9}}}");
    assertThat(house.heard("update/delta")).isEmpty();
  }

  @Test
  void row5ADeltaHoldsAnArrayWhole() {
    house.update("{'state':{'desired':{'l':[1,2,3]},'reported':{'l':[1,2]}}}");
    assertThat(house.heard("update/delta").get(0).get("state"))
        .isEqualTo(Json.tree("{'l':[1,2,3]}"));
  }

  @Test
  void row6ADeltaHoldsOnlyTheLeavesThatDiffer() {
    house.update("{'state':{'desired':{'o':{'x':1,'y':2}},'reported':{'o':{'x':1,'y':3}}}}");
    assertThat(house.heard("update/delta").get(0).get("state"))
        .isEqualTo(Json.tree("{'o':{'y':2}}"));
    assertThat(house.get().at("/state/delta")).isEqualTo(Json.tree("{'o':{'y':2}}"));
  }

  @Test
  void row7DesiredStaysWhenReportedCatchesUp() {
    house.update("{'state':{'desired':{'a':1}}}");
    house.update("{'state':{'reported':{'a':1}}}");
    assertThat(house.get().at("/state/desired")).isEqualTo(Json.tree("{'a':1}"));
  }

  @Test
  void row8TheLastKeyDeletedTakesItsHalfAlongAndTheEchoHoldsTheNull() {
    house.update("{'state':{'desired':{'a':1},'reported':{'r':1}}}");
    JsonNode echo = accepted(house.update("{'state':{'desired':{'a':null}}}"));
    assertThat(echo.get("state")).isEqualTo(Json.tree("{'desired':{'a':null}}"));
    assertThat(house.get().get("state")).isEqualTo(Json.tree("{'reported':{'r':1}}"));
    assertThat(house.get().get("metadata"))
        .isEqualTo(Json.tree("{'reported':{'r':{'timestamp':1700000000}}}"));
  }

  @ParameterizedTest(name = "before: {0}")
  @ValueSource(booleans = {false, true})
  void row9StateNullEmptiesTheShadowButLeavesIt(boolean before) {
    if (before) {
      house.update("{'state':{'desired':{'a':1},'reported':{'b':1}}}");
    }
    int version = before ? 2 : 1;
    assertThat(accepted(house.update("{'state':null}")))
        .isEqualTo(
            Json.tree(
                "{'state':null,'metadata':{'timestamp':1700000000},'version':"
                    + version
                    + ",'timestamp':1700000000}"));
    assertThat(house.get())
        .isEqualTo(
            Json.tree(
                "{'state':{},'metadata':{},'version':" + version + ",'timestamp':1700000000}"));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'state':{}}
          {'state':{'desired':{}}}
          {'state':{'desired':null}}
          {'state':{'reported':{'x':null}}}
          """)
  void anUpdateThatHoldsNothingMakesAnEmptyShadow(String update) {
    accepted(house.update(update));
    assertThat(house.get().get("state")).isEqualTo(Json.tree("{}"));
    assertThat(house.get().get("version").longValue()).isEqualTo(1);
    assertThat(house.topics()).containsExactly("update/accepted", "update/documents");
  }

  @Test
  void row10AnEchoedDeltaIsRefused() {
    assertThat(rejected(house.update("{'state':{'delta':{'a':1}}}")))
        .isEqualTo(new ShadowError(400, "State contains an invalid node"));
    assertThat(house.topics()).containsExactly("update/rejected");
  }

  @Test
  void row11UnknownTopLevelKeysAreIgnored() {
    JsonNode reply =
        accepted(
            house.update(
                "{'thingName':'T','shadowName':'N','state':{'desired':{'a':1}},'x':[null]}"));
    assertThat(reply.get("state")).isEqualTo(Json.tree("{'desired':{'a':1}}"));
    assertThat(reply.has("thingName")).isFalse();
  }

  @Test
  void row12AnotherVersionIsAConflictAndChangesNothing() {
    for (int i = 1; i <= 5; i++) {
      house.update("{'state':{'desired':{'a':" + i + "}}}");
    }
    JsonNode before = house.get();
    house.told.clear();
    assertThat(
            rejected(house.update("{'state':{'desired':{'a':9}},'version':4,'clientToken':'t'}")))
        .isEqualTo(new ShadowError(409, "Version conflict"));
    assertThat(house.heard("update/rejected"))
        .containsExactly(
            Json.tree(
                "{'code':409,'message':'Version conflict','timestamp':1700000000,'clientToken':'t'}"));
    assertThat(house.topics()).containsExactly("update/rejected");
    assertThat(house.get()).isEqualTo(before);
  }

  @Test
  void theCurrentVersionIsNoConflict() {
    house.update("{'state':{'desired':{'a':1}}}");
    assertThat(
            accepted(house.update("{'state':{'desired':{'a':2}},'version':1}"))
                .get("version")
                .longValue())
        .isEqualTo(2);
  }

  @ParameterizedTest(name = "version {0}: {1}")
  @CsvSource({"0, true", "1, false", "7, false"})
  void aVersionForAShadowThatIsNotThereFitsOnlyAsZero(long version, boolean fits) {
    ShadowReply reply = house.update("{'state':{},'version':" + version + "}");
    if (fits) {
      assertThat(accepted(reply).get("version").longValue()).isEqualTo(1);
    } else {
      assertThat(rejected(reply).code()).isEqualTo(409);
      assertThat(rejected(house.ask(new ShadowRequest.Get(CLASSIC, new byte[0], BACKEND))).code())
          .isEqualTo(404);
    }
  }

  @Test
  void row13WithoutAVersionEveryUpdateCountsAlsoAnEqualOne() {
    house.update("{'state':{'desired':{'a':1}}}");
    for (int version = 2; version <= 6; version++) {
      assertThat(accepted(house.update("{'state':{'desired':{'a':1}}}")).get("version").longValue())
          .isEqualTo(version);
    }
  }

  @Test
  void row14GetEchoesTheTokenInBothAnswers() {
    house.mqtt("$aws/things/T/shadow/get", "{'clientToken':'t'}");
    house.update("{'state':{'desired':{'a':1}}}");
    house.mqtt("$aws/things/T/shadow/get", "{'clientToken':'u'}");
    house.mqtt("$aws/things/T/shadow/get", "");
    assertThat(house.heard("get/rejected").get(0).get("clientToken").textValue()).isEqualTo("t");
    assertThat(house.heard("get/accepted").get(0).get("clientToken").textValue()).isEqualTo("u");
    assertThat(house.heard("get/accepted").get(1).has("clientToken")).isFalse();
  }

  @Test
  void theTokenComesBackInAllThatAnUpdateTells() {
    house.update("{'state':{'desired':{'a':1}},'clientToken':'\u00e9\\\"t'}");
    assertThat(house.told).hasSize(3);
    assertThat(house.told)
        .allSatisfy(
            t -> assertThat(t.body().get("clientToken").textValue()).isEqualTo("\u00e9\"t"));
    house.told.clear();
    house.mqtt("$aws/things/T/shadow/delete", "{'clientToken':'d'}");
    house.mqtt("$aws/things/T/shadow/delete", "{'clientToken':'e'}");
    assertThat(house.heard("delete/accepted").get(0).get("clientToken").textValue()).isEqualTo("d");
    assertThat(house.heard("delete/rejected").get(0).get("clientToken").textValue()).isEqualTo("e");
  }

  @Test
  void getTellsTheWholeDocumentWithItsDelta() {
    house.update("{'state':{'desired':{'a':1,'b':[2]},'reported':{'a':2}}}");
    house.partitions.advance(5000);
    house.mqtt("$aws/things/T/shadow/get", "");
    assertThat(house.heard("get/accepted"))
        .containsExactly(
            Json.tree(
                """
                {'state':{'desired':{'a':1,'b':[2]},'reported':{'a':2},'delta':{'a':1,'b':[2]}},
                 'metadata':{'desired':{'a':{'timestamp':1700000000},'b':[{'timestamp':1700000000}]},
                             'reported':{'a':{'timestamp':1700000000}}},
                 'version':1,'timestamp':1700000005}"""));
  }

  @Test
  void row15AWildcardSubscriptionMatchesBothAnswers() {
    house.mqtt("$aws/things/T/shadow/get", "");
    house.update("{'state':{}}");
    house.told.clear();
    house.mqtt("$aws/things/T/shadow/get", "");
    TopicFilter filter = TopicFilter.of("$aws/things/T/shadow/get/+");
    assertThat(house.told)
        .allSatisfy(t -> assertThat(filter.matches(TopicName.of(t.topic()))).isTrue());
  }

  @Test
  void row16TheVersionGoesOnAfterADelete() {
    for (int i = 1; i <= 17; i++) {
      house.update("{'state':{'desired':{'a':" + i + "}}}");
    }
    house.told.clear();
    assertThat(accepted(delete())).isEqualTo(Json.tree("{'version':17,'timestamp':1700000000}"));
    assertThat(house.topics()).containsExactly("delete/accepted");
    JsonNode again = accepted(house.update("{'state':{'desired':{'b':1}}}"));
    assertThat(again.get("version").longValue()).isEqualTo(18);
    assertThat(house.heard("update/documents").get(0).has("previous")).isFalse();
    assertThat(house.get().get("state"))
        .as("nothing of the deleted state comes back")
        .isEqualTo(Json.tree("{'desired':{'b':1},'delta':{'b':1}}"));
  }

  @ParameterizedTest(name = "after {0} ms: version {1}")
  @CsvSource({"172799000, 3", "172800000, 1"})
  void theVersionStartsAgain48HoursAfterADelete(long millis, long version) {
    house.update("{'state':{}}");
    house.update("{'state':{}}");
    delete();
    house.partitions.advance(millis);
    assertThat(accepted(house.update("{'state':{}}")).get("version").longValue())
        .isEqualTo(version);
  }

  @Test
  void aShadowMadeAgainOutlivesTheEndOfItsTombstone() {
    house.update("{'state':{}}");
    delete();
    house.partitions.advance(1000);
    house.update("{'state':{'desired':{'a':1}}}");
    house.partitions.advance(Duration.ofDays(3).toMillis());
    assertThat(house.get().get("version").longValue()).isEqualTo(2);
  }

  @Test
  void aShadowDeletedTwiceHasItsTombstoneFromTheSecondDelete() {
    house.update("{'state':{}}");
    delete();
    house.partitions.advance(Duration.ofHours(40).toMillis());
    house.update("{'state':{}}");
    delete();
    house.partitions.advance(Duration.ofHours(40).toMillis());
    assertThat(accepted(house.update("{'state':{}}")).get("version").longValue()).isEqualTo(3);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      nullValues = "-",
      value = {"get, -, T", "delete, -, T", "get, N, N", "delete, N, N"})
  void row17AShadowThatIsNotThereIsCalledByItsNameOrItsThings(
      String verb, String name, String called) {
    String prefix = "$aws/things/T/shadow" + (name == null ? "" : "/name/" + name);
    assertThat(rejected(house.mqtt(prefix + "/" + verb, "")))
        .isEqualTo(new ShadowError(404, "No shadow exists with name: '" + called + "'"));
    assertThat(house.told)
        .containsExactly(
            new ShadowHouse.Told(
                prefix + "/" + verb + "/rejected",
                Json.tree(
                    "{'code':404,'message':'No shadow exists with name: \\u0027%s\\u0027'}"
                        .formatted(called)),
                DEVICE));
  }

  @Test
  void aDeletedShadowIsNotThere() {
    house.update("{'state':{'desired':{'a':1}}}");
    delete();
    assertThat(rejected(house.mqtt("$aws/things/T/shadow/get", "")).code()).isEqualTo(404);
    assertThat(rejected(delete()).code()).isEqualTo(404);
  }

  @Test
  void rows18And19ShadowsNeedNoRegistry() {
    // The room has no registry to ask: any thing name will do, and none is ever taken back.
    assertThat(accepted(house.mqtt("$aws/things/never-registered/shadow/update", "{'state':{}}")))
        .isNotNull();
  }

  @Test
  void row20HttpTellsMqttOfChanges() {
    JsonNode reply = accepted(http("{'state':{'desired':{'a':1}},'clientToken':'t'}"));
    assertThat(house.heard("update/accepted")).containsExactly(reply);
    assertThat(house.topics())
        .containsExactly("update/accepted", "update/delta", "update/documents");
    accepted(house.ask(new ShadowRequest.Delete(CLASSIC, new byte[0], BACKEND)));
    assertThat(house.topics()).containsExactly("delete/accepted");
  }

  @Test
  void row20HttpTellsMqttNeitherOfReadsNorOfRefusals() {
    rejected(http("{'state':1}"));
    rejected(house.ask(new ShadowRequest.Get(CLASSIC, new byte[0], BACKEND)));
    rejected(house.ask(new ShadowRequest.Delete(CLASSIC, new byte[0], BACKEND)));
    http("{'state':{}}");
    house.told.clear();
    house.get();
    assertThat(house.told).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"update", "delete", "get"})
  void row21AWillIsNotHeard(String verb) {
    house.update("{'state':{'desired':{'a':1}}}");
    JsonNode before = house.get();
    house.told.clear();
    Origin will = ShadowHouse.origin(Origin.Kind.WILL, "device-1", "cert-1", null);
    ShadowReply reply =
        house.mqtt(
            "$aws/things/T/shadow/" + verb,
            Json.bytes("{'state':{'reported':{'online':false}}}"),
            will);
    assertThat(reply).isInstanceOf(ShadowReply.Ignored.class);
    assertThat(house.told).isEmpty();
    assertThat(house.get()).isEqualTo(before);
  }

  @Test
  void aRuleMayRepublishToAShadowAndItsHopsGoOn() {
    Origin rule = new Origin(null, null, null, Origin.Kind.GATEWAY, 3);
    accepted(
        house.mqtt(
            "$aws/things/T/shadow/update", Json.bytes("{'state':{'desired':{'a':1}}}"), rule));
    assertThat(house.told).hasSize(3).allSatisfy(t -> assertThat(t.cause().hops()).isEqualTo(3));
  }

  @Test
  void row22TimesAreInSecondsAndTheDeltasAreThoseOfDesired() {
    house.update("{'state':{'desired':{'a':1,'l':[1,2]}}}");
    house.partitions.advance(10_000);
    house.update("{'state':{'reported':{'a':2}}}");
    assertThat(house.heard("update/delta").get(1))
        .isEqualTo(
            Json.tree(
                """
                {'version':2,'timestamp':1700000010,'state':{'a':1,'l':[1,2]},
                 'metadata':{'a':{'timestamp':1700000000},
                             'l':[{'timestamp':1700000000},{'timestamp':1700000000}]}}"""));
    assertThat(house.get().at("/metadata/reported/a/timestamp").longValue())
        .isEqualTo(NOW_SECONDS + 10);
  }

  @Test
  void documentsHoldBeforeAndAfterWithoutDelta() {
    house.update("{'state':{'desired':{'a':1}}}");
    house.partitions.advance(1000);
    house.update("{'state':{'reported':{'a':0}},'clientToken':'t'}");
    assertThat(house.heard("update/documents").get(1))
        .isEqualTo(
            Json.tree(
                """
                {'previous':{'state':{'desired':{'a':1}},
                             'metadata':{'desired':{'a':{'timestamp':1700000000}}},'version':1},
                 'current':{'state':{'desired':{'a':1},'reported':{'a':0}},
                            'metadata':{'desired':{'a':{'timestamp':1700000000}},
                                        'reported':{'a':{'timestamp':1700000001}}},'version':2},
                 'timestamp':1700000001,'clientToken':'t'}"""));
  }

  @Test
  void row23NamedShadowsAndTheClassicOneAreIndependent() {
    house.update("{'state':{'desired':{'a':1}}}");
    JsonNode classic = house.get();
    house.told.clear();
    for (int i = 0; i < 3; i++) {
      house.mqtt("$aws/things/T/shadow/name/n/update", "{'state':{'desired':{'b':2}}}");
    }
    assertThat(house.told)
        .hasSize(9)
        .allSatisfy(t -> assertThat(t.topic()).startsWith("$aws/things/T/shadow/name/n/update/"));
    assertThat(house.get()).isEqualTo(classic);
    delete();
    assertThat(
            accepted(house.mqtt("$aws/things/T/shadow/name/n/get", "")).get("version").longValue())
        .isEqualTo(3);
  }

  @Test
  void row24NestingBeyondTheLimitIsTold400() {
    ShadowHouse aws = new ShadowHouse(ShadowSettings.aws());
    String deep = "{'state':{'desired':" + "{'k':".repeat(9) + "1" + "}".repeat(11);
    assertThat(rejected(aws.update(deep)))
        .isEqualTo(new ShadowError(400, "JSON contains too many levels of nesting; maximum is 8"));
  }

  @Test
  void row24AStateBeyondTheLimitIsTold413AndMetadataDoesNotCount() {
    ShadowHouse aws = new ShadowHouse(ShadowSettings.aws());
    int frame = "{\"desired\":{\"a\":\"\"}}".length();
    String fits = "x".repeat(8 * 1024 - frame);
    accepted(aws.update("{'state':{'desired':{'a':'" + fits + "'}}}"));
    JsonNode before = aws.get();
    aws.told.clear();
    assertThat(rejected(aws.update("{'state':{'reported':{'b':1}},'clientToken':'t'}")))
        .isEqualTo(new ShadowError(413, "The payload exceeds the maximum size allowed"));
    assertThat(aws.heard("update/rejected").get(0).get("clientToken").textValue()).isEqualTo("t");
    assertThat(aws.topics()).containsExactly("update/rejected");
    assertThat(aws.get()).isEqualTo(before);
    String manyLeaves = "{'state':{'desired':{'a':[" + "1,".repeat(3000) + "1]}}}";
    accepted(aws.update(manyLeaves)); // its metadata is over 60 KB
  }

  @Test
  void aShadowOverALimitThatWasLoweredMayShrink() {
    ShadowHouse before = new ShadowHouse();
    before.update("{'state':{'desired':{'a':'" + "x".repeat(20_000) + "','b':'y','c':1}}}");
    ShadowHouse aws = new ShadowHouse(ShadowSettings.aws(), before.store, ShadowHouse.NOW);
    assertThat(rejected(aws.update("{'state':{'desired':{'b':'z'}}}")).code()).isEqualTo(413);
    accepted(aws.update("{'state':{'desired':{'c':null}}}"));
    assertThat(aws.get().at("/state/desired/b").textValue()).isEqualTo("y");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          $aws/things/a b/shadow/update         | Invalid thing name
          $aws/things//shadow/update            | Invalid thing name
          $aws/things/$T/shadow/update          | Invalid thing name
          $aws/things/T/shadow/name//update     | Invalid shadow name
          $aws/things/T/shadow/name/a b/update  | Invalid shadow name
          $aws/things/T/shadow/name/\u00e9/update | Invalid shadow name
          """)
  void aNameThatCannotBeIsToldAndNothingIsKept(String topic, String message) {
    assertThat(rejected(house.mqtt(topic, "{'state':{}}")))
        .isEqualTo(new ShadowError(400, message));
    assertThat(house.told)
        .singleElement()
        .extracting(ShadowHouse.Told::topic)
        .isEqualTo(topic + "/rejected");
  }

  @ParameterizedTest(name = "thing {0}, name {1}: {2}")
  @CsvSource({"128, 64, true", "129, 64, false", "128, 65, false"})
  void namesHaveAnEnd(int thing, int name, boolean allowed) {
    ShadowReply reply =
        house.mqtt(
            "$aws/things/" + "t".repeat(thing) + "/shadow/name/" + "$".repeat(name) + "/update",
            "{'state':{}}");
    assertThat(reply instanceof ShadowReply.Accepted).isEqualTo(allowed);
  }

  @Test
  void anUpdateKeepsItsOrder() {
    house.update("{'state':{'desired':{'a':1}}}");
    assertThat(house.topics())
        .containsExactly("update/accepted", "update/delta", "update/documents");
  }

  @Test
  void getAndDeleteThatAreNotJsonAreRefusedAndChangeNothing() {
    house.update("{'state':{'desired':{'a':1}}}");
    assertThat(rejected(house.mqtt("$aws/things/T/shadow/get", "x")).message())
        .isEqualTo("Invalid JSON");
    assertThat(rejected(house.mqtt("$aws/things/T/shadow/delete", "x")).message())
        .isEqualTo("Invalid JSON");
    assertThat(house.get().get("version").longValue()).isEqualTo(1);
  }

  @Test
  void aRowThatCannotBeReadIsToldAsOurFaultAndLeftAlone() {
    house.update("{'state':{'desired':{'a':1}}}");
    house.spoil(CLASSIC);
    house.told.clear();
    assertThat(rejected(house.update("{'state':{'desired':{'a':2}}}")))
        .isEqualTo(new ShadowError(500, "Internal service failure"));
    assertThat(house.topics()).containsExactly("update/rejected");
    accepted(house.mqtt("$aws/things/T/shadow/name/n/update", "{'state':{}}"));
  }

  @ParameterizedTest
  @CsvSource({
    "400, InvalidRequestException",
    "404, ResourceNotFoundException",
    "409, ConflictException",
    "413, RequestEntityTooLargeException",
    "415, UnsupportedDocumentEncodingException",
    "500, InternalFailureException"
  })
  void httpClientsKnowErrorsByName(int code, String name) {
    assertThat(new ShadowError(code, "x").errorName()).isEqualTo(name);
  }
}
