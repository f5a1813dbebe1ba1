package io.sluice.shadow;

import static io.sluice.shadow.ShadowHouse.BACKEND;
import static io.sluice.shadow.ShadowHouse.NOW;
import static io.sluice.shadow.ShadowHouse.accepted;
import static io.sluice.shadow.ShadowHouse.rejected;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The past of a shadow: who changed what, and what it was. */
class ShadowHistoryTest {
  private static final ShadowAddress CLASSIC = ShadowAddress.classic("T");

  private ShadowHouse house = new ShadowHouse();

  private void keep(int versions, Duration age) {
    house = new ShadowHouse(ShadowSettings.standard().withHistory(versions, age));
  }

  private void updates(int from, int to) {
    for (int v = from; v <= to; v++) {
      accepted(house.update("{'state':{'reported':{'v':" + v + ",'k" + v % 3 + "':" + v + "}}}"));
    }
  }

  private JsonNode history(long from, int max) {
    return accepted(house.ask(new ShadowRequest.History(CLASSIC, from, max)));
  }

  private static List<Long> versions(JsonNode history) {
    List<Long> versions = new ArrayList<>();
    history.get("versions").forEach(v -> versions.add(v.get("version").longValue()));
    return versions;
  }

  private ShadowReply asOf(long version) {
    return house.ask(new ShadowRequest.AsOfVersion(CLASSIC, version));
  }

  private ShadowReply asOfTime(long millis) {
    return house.ask(new ShadowRequest.AsOfTime(CLASSIC, millis));
  }

  @Test
  void aChangeTellsWhoAskedForWhatAndWhen() {
    house.update("{'state':{'reported':{'a':1}},'clientToken':'t'}");
    house.partitions.advance(1500);
    house.ask(new ShadowRequest.Update(CLASSIC, Json.bytes("{'state':{'desired':null}}"), BACKEND));
    house.mqtt("$aws/things/T/shadow/delete", "");
    assertThat(history(1, 10))
        .isEqualTo(
            Json.tree(
                """
                {'versions':[
                  {'version':1,'change':'update','changedAtMillis':1700000000123,'source':'mqtt',
                   'principal':'cert-1','clientId':'device-1','sourceIp':'10.0.0.7',
                   'state':{'reported':{'a':1}}},
                  {'version':2,'change':'update','changedAtMillis':1700000001623,'source':'http',
                   'principal':'key-1','sourceIp':'10.0.0.9','state':{'desired':null}},
                  {'version':2,'change':'delete','changedAtMillis':1700000001623,'source':'mqtt',
                   'principal':'cert-1','clientId':'device-1','sourceIp':'10.0.0.7'}],
                 'timestamp':1700000001,'firstVersion':1,'lastVersion':2}\
                """));
  }

  @Test
  void historyComesInPagesAndADeleteStaysWithItsVersion() {
    updates(1, 3);
    house.mqtt("$aws/things/T/shadow/delete", "");
    updates(4, 5);
    JsonNode first = history(0, 3);
    assertThat(versions(first)).containsExactly(1L, 2L, 3L, 3L);
    assertThat(first.get("nextVersion").longValue()).isEqualTo(4);
    JsonNode second = history(4, 3);
    assertThat(versions(second)).containsExactly(4L, 5L);
    assertThat(second.has("nextVersion")).isFalse();
  }

  @Test
  void everyVersionCanBeReadAsItWas() {
    List<JsonNode> documents = new ArrayList<>();
    documents.add(null);
    Random random = new Random(42);
    String[] changes = {
      "{'state':{'desired':{'a':%d}}}",
      "{'state':{'reported':{'o':{'x':%d}}}}",
      "{'state':{'reported':{'o':null,'l':[%d]}}}",
      "{'state':{'desired':null,'reported':{'b':%d}}}",
      "{'state':null,'x':%d}"
    };
    for (int i = 1; i <= 80; i++) {
      house.partitions.advance(1000);
      int change = random.nextInt(20);
      house.update(changes[change == 19 ? 4 : change % 4].formatted(i));
      documents.add(house.get());
    }
    for (int version = 1; version <= 80; version++) {
      JsonNode was = accepted(asOf(version));
      JsonNode expected = documents.get(version);
      assertThat(was.get("state")).as("state %d", version).isEqualTo(expected.get("state"));
      assertThat(was.get("metadata")).as("times %d", version).isEqualTo(expected.get("metadata"));
      assertThat(was.get("version")).isEqualTo(expected.get("version"));
      JsonNode at = accepted(asOfTime(NOW + version * 1000L + 999));
      assertThat(at.get("version").longValue()).isEqualTo(version);
    }
  }

  @Test
  void asOfATimeIsTheVersionThatWasCurrentThen() {
    updates(1, 1);
    house.partitions.advance(1000);
    updates(2, 3);
    house.partitions.advance(1000);
    house.mqtt("$aws/things/T/shadow/delete", "");
    house.partitions.advance(1000);
    updates(4, 4);
    assertThat(rejected(asOfTime(NOW - 1)).code()).isEqualTo(404);
    assertThat(accepted(asOfTime(NOW)).get("version").longValue()).isEqualTo(1);
    assertThat(accepted(asOfTime(NOW + 999)).get("version").longValue()).isEqualTo(1);
    assertThat(accepted(asOfTime(NOW + 1000)).get("version").longValue()).isEqualTo(3);
    assertThat(rejected(asOfTime(NOW + 2000)).code()).as("deleted then").isEqualTo(404);
    assertThat(accepted(asOfTime(NOW + 3000)).get("version").longValue()).isEqualTo(4);
    assertThat(accepted(asOfTime(Long.MAX_VALUE)).get("version").longValue()).isEqualTo(4);
  }

  @ParameterizedTest(name = "keeping {0}")
  @ValueSource(ints = {1, 5, 16, 40})
  void theNewestVersionsAreKeptAndFewMore(int kept) {
    keep(kept, Duration.ofDays(1));
    updates(1, 200);
    List<Long> versions = versions(history(1, 100));
    assertThat(versions).hasSizeBetween(kept, kept + 2 * ShadowHistory.WHOLE_EVERY);
    assertThat(versions.get(versions.size() - 1)).isEqualTo(200);
    for (long version : versions) {
      assertThat(accepted(asOf(version)).at("/state/reported/v").longValue()).isEqualTo(version);
    }
    assertThat(rejected(asOf(versions.get(0) - 1)))
        .isEqualTo(
            new ShadowError(
                404,
                "No version %d of shadow 'T': kept are %d to 200"
                    .formatted(versions.get(0) - 1, versions.get(0))));
    assertThat(rejected(asOf(201)).code()).isEqualTo(404);
  }

  @Test
  void deletesBetweenDoNotStopOldVersionsFromGoing() {
    keep(5, Duration.ofDays(1));
    for (int v = 1; v <= 120; v++) {
      updates(v, v);
      house.mqtt("$aws/things/T/shadow/delete", "");
    }
    assertThat(versions(history(1, 100)).get(0)).isGreaterThan(120 - 5 - 2 * 16);
  }

  @Test
  void oldVersionsGoWithTheirAge() {
    keep(100, Duration.ofHours(1));
    updates(1, 20); // whole versions: 1, 17
    house.partitions.advance(Duration.ofMinutes(50).toMillis());
    updates(21, 40); // and 33
    house.partitions.advance(Duration.ofMinutes(20).toMillis());
    assertThat(versions(history(1, 100)).get(0)).isEqualTo(17);
    assertThat(accepted(asOf(20)).at("/state/reported/v").longValue()).isEqualTo(20);
    house.partitions.advance(Duration.ofMinutes(50).toMillis());
    assertThat(versions(history(1, 100)).get(0)).isEqualTo(33);
    house.partitions.advance(Duration.ofDays(9).toMillis());
    assertThat(accepted(asOf(40)).at("/state/reported/v").longValue())
        .as("what is current can always be built")
        .isEqualTo(40);
    assertThat(house.get().get("version").longValue()).isEqualTo(40);
  }

  @Test
  void thePastOfADeletedShadowCanBeReadUntilItsTombstoneEnds() {
    updates(1, 3);
    house.mqtt("$aws/things/T/shadow/delete", "");
    assertThat(accepted(asOf(2)).at("/state/reported/v").longValue()).isEqualTo(2);
    house.partitions.advance(Duration.ofDays(2).toMillis());
    assertThat(rejected(asOf(2)).message()).isEqualTo("No shadow exists with name: 'T'");
    updates(1, 1);
    assertThat(versions(history(1, 10))).containsExactly(1L);
    assertThat(accepted(asOf(1)).at("/state/reported/v").longValue()).isEqualTo(1);
  }

  @Test
  void historyCanBeTurnedOffAndOnAgain() {
    updates(1, 5);
    ShadowHouse off =
        new ShadowHouse(
            ShadowSettings.standard().withHistory(0, Duration.ofDays(1)), house.store, NOW);
    off.update("{'state':{'reported':{'v':6}}}");
    assertThat(rejected(off.ask(new ShadowRequest.AsOfVersion(CLASSIC, 5))))
        .isEqualTo(
            new ShadowError(
                404,
                "No version 5 of shadow 'T': none is kept; turn the history on to keep those to"
                    + " come"));
    assertThat(accepted(off.ask(new ShadowRequest.History(CLASSIC, 1, 10))).get("versions"))
        .isEmpty();
    house = new ShadowHouse(ShadowSettings.standard(), house.store, NOW);
    updates(7, 8);
    assertThat(versions(history(1, 10))).containsExactly(7L, 8L);
    assertThat(accepted(asOf(8)).at("/state/reported/v").longValue()).isEqualTo(8);
  }

  @Test
  void thePastOfNamedShadowsIsTheirOwn() {
    updates(1, 2);
    house.mqtt("$aws/things/T/shadow/name/n/update", "{'state':{'desired':{'x':1}}}");
    assertThat(versions(history(1, 10))).containsExactly(1L, 2L);
    assertThat(
            versions(
                accepted(
                    house.ask(new ShadowRequest.History(ShadowAddress.named("T", "n"), 1, 10)))))
        .containsExactly(1L);
  }

  @Test
  void aDiffNamesEachAttributeThatChanged() {
    house.update("{'state':{'desired':{'a':1,'o':{'x':1,'y':2},'l':[1],'s/~':1}}}");
    house.update(
        "{'state':{'desired':{'a':null,'o':{'y':3},'l':[1,2],'s/~':2},'reported':{'n':true}}}");
    assertThat(accepted(house.ask(new ShadowRequest.Diff(CLASSIC, 1, 2L))))
        .isEqualTo(
            Json.tree(
                """
                {'fromVersion':1,'toVersion':2,'changes':[
                  {'path':'/desired/a','before':1},
                  {'path':'/desired/o/y','before':2,'after':3},
                  {'path':'/desired/l','before':[1],'after':[1,2]},
                  {'path':'/desired/s~1~0','before':1,'after':2},
                  {'path':'/reported','after':{'n':true}}],'timestamp':1700000000}\
                """));
    assertThat(accepted(house.ask(new ShadowRequest.Diff(CLASSIC, 2, 2L))).get("changes"))
        .isEmpty();
    assertThat(rejected(house.ask(new ShadowRequest.Diff(CLASSIC, 1, 3L))).code()).isEqualTo(404);
  }

  @Test
  void rollingBackIsAnUpdateThatMakesTheOldStateANewVersion() {
    house.update("{'state':{'desired':{'a':1,'o':{'x':1}},'reported':{'r':1}}}");
    house.update("{'state':{'desired':{'a':2,'o':{'x':null,'y':1},'b':1},'reported':null}}");
    house.told.clear();
    JsonNode reply = accepted(house.ask(new ShadowRequest.RollBack(CLASSIC, 1, 2L, BACKEND)));
    assertThat(reply.get("version").longValue()).isEqualTo(3);
    assertThat(reply.get("state"))
        .isEqualTo(
            Json.tree("{'desired':{'a':1,'o':{'x':1,'y':null},'b':null},'reported':{'r':1}}"));
    assertThat(house.topics())
        .containsExactly("update/accepted", "update/delta", "update/documents");
    assertThat(accepted(asOf(3)).get("state")).isEqualTo(accepted(asOf(1)).get("state"));
    assertThat(house.get().get("state")).isEqualTo(accepted(asOf(1)).get("state"));
    assertThat(history(3, 1).at("/versions/0/change").textValue()).isEqualTo("rollback");
  }

  @Test
  void rollingBackRespectsAnExpectedVersionAndNeedsTheOldOne() {
    updates(1, 2);
    JsonNode before = house.get();
    assertThat(rejected(house.ask(new ShadowRequest.RollBack(CLASSIC, 1, 1L, BACKEND))))
        .isEqualTo(new ShadowError(409, "Version conflict"));
    assertThat(rejected(house.ask(new ShadowRequest.RollBack(CLASSIC, 7, null, BACKEND))).code())
        .isEqualTo(404);
    assertThat(house.get()).isEqualTo(before);
  }

  @Test
  void aDeletedShadowCanBeRolledBackToWhatItWas() {
    updates(1, 2);
    house.mqtt("$aws/things/T/shadow/delete", "");
    accepted(house.ask(new ShadowRequest.RollBack(CLASSIC, 2, null, BACKEND)));
    assertThat(house.get().at("/state/reported/v").longValue()).isEqualTo(2);
    assertThat(house.get().get("version").longValue()).isEqualTo(3);
    house.partitions.advance(Duration.ofDays(3).toMillis());
    assertThat(house.get().get("version").longValue()).isEqualTo(3);
  }

  @ParameterizedTest(name = "{0} to {1}")
  @CsvSource({"0, 1", "1, 0", "-1, 1", "1, 9223372036854775807"})
  void versionsThatNeverWereAreNotFound(long from, long to) {
    updates(1, 1);
    assertThat(rejected(house.ask(new ShadowRequest.Diff(CLASSIC, from, to))).code())
        .isEqualTo(404);
  }

  @Test
  void aShadowThatNeverWasHasNoPast() {
    assertThat(rejected(house.ask(new ShadowRequest.History(CLASSIC, 1, 10))))
        .isEqualTo(new ShadowError(404, "No shadow exists with name: 'T'"));
    assertThat(rejected(asOf(1)).code()).isEqualTo(404);
    assertThat(rejected(asOfTime(NOW)).code()).isEqualTo(404);
  }

  @Test
  void aClockThatGoesBackDoesNotConfuseThePast() {
    updates(1, 2);
    ShadowHouse earlier = new ShadowHouse(ShadowSettings.standard(), house.store, NOW - 60_000);
    earlier.update("{'state':{'reported':{'v':3}}}");
    assertThat(
            accepted(earlier.ask(new ShadowRequest.AsOfTime(CLASSIC, NOW)))
                .get("version")
                .longValue())
        .isEqualTo(3);
  }

  @Test
  void aDiffWithoutItsSecondVersionIsWithTheCurrentOne() {
    updates(1, 3);
    JsonNode diff = accepted(house.ask(new ShadowRequest.Diff(CLASSIC, 1, null)));
    assertThat(diff.get("toVersion").longValue()).isEqualTo(3);
    assertThat(diff.at("/changes/0"))
        .isEqualTo(Json.tree("{'path':'/reported/v','before':1,'after':3}"));
  }

  /** One turn reads so many bytes and no more, whatever a page may hold. */
  @Test
  void aPageOfLargeChangesEndsEarlyAndSaysWhereTheNextBegins() {
    large(40);
    List<Long> all = new ArrayList<>();
    long from = 1;
    int pages = 0;
    while (from != 0) {
      JsonNode page = history(from, 100);
      assertThat(page.get("versions").size()).isLessThan(30);
      all.addAll(versions(page));
      from = page.path("nextVersion").longValue();
      pages++;
    }
    assertThat(pages).isGreaterThan(1);
    assertThat(all).isEqualTo(LongStream.rangeClosed(1, 40).boxed().toList());
  }

  @Test
  void aLargePastIsForgottenInSlicesAndVersionsStartAgainOnlyAfter() {
    large(40);
    house.mqtt("$aws/things/T/shadow/delete", "");
    house.partitions.advance(Duration.ofDays(2).toMillis());
    for (int i = 0; i < 40; i++) {
      house.partitions.advance(1);
    }
    assertThat(rejected(asOf(2)).message()).isEqualTo("No shadow exists with name: 'T'");
    updates(1, 1);
    assertThat(versions(history(1, 100))).containsExactly(1L);
  }

  @Test
  void aShadowMadeAgainWhileItsLargePastIsForgottenKeepsItsNewOne() {
    large(40);
    house.mqtt("$aws/things/T/shadow/delete", "");
    house.partitions.advance(Duration.ofDays(2).toMillis());
    JsonNode made = accepted(house.update("{'state':{'reported':{'v':1}}}"));
    for (int i = 0; i < 40; i++) {
      house.partitions.advance(1);
    }
    long version = made.get("version").longValue();
    assertThat(versions(history(1, 100))).containsExactly(version);
    assertThat(accepted(asOf(version)).at("/state/reported/v").longValue()).isEqualTo(1);
  }

  private void large(int versions) {
    String text = "x".repeat(60_000);
    for (int v = 1; v <= versions; v++) {
      accepted(house.update("{'state':{'reported':{'v':" + v + ",'t':'" + text + "'}}}"));
    }
  }
}
