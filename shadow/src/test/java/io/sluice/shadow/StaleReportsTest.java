package io.sluice.shadow;

import static io.sluice.shadow.ShadowHouse.accepted;
import static io.sluice.shadow.ShadowHouse.rejected;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reports that were overtaken on their way. */
class StaleReportsTest {
  private final ShadowHouse house =
      new ShadowHouse(ShadowSettings.standard().withRefuseStaleReports(true));

  private ShadowReply report(String reported, long sequence) {
    return house.update("{'state':{'reported':" + reported + "},'sequence':" + sequence + "}");
  }

  @Test
  void anOlderReportOfTheSameAttributeIsRefusedAndExplained() {
    accepted(report("{'t':{'in':20,'out':5}}", 9));
    JsonNode before = house.get();
    house.told.clear();
    assertThat(
            rejected(
                house.update(
                    "{'state':{'reported':{'t':{'out':4}}},'sequence':7,'clientToken':'c'}")))
        .isEqualTo(
            new ShadowError(
                409,
                "Stale report: 'reported.t.out' was reported with sequence 9, this update has 7"));
    assertThat(house.heard("update/rejected").get(0).get("clientToken").textValue()).isEqualTo("c");
    assertThat(house.get()).isEqualTo(before);
  }

  @ParameterizedTest(name = "{2}: {0} then {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'a':1}          | {'b':1}     | true  | another attribute
          {'o':{'x':1}}    | {'o':{'y':1}} | true | another attribute below
          {'a':1}          | {'a':2}     | false | the same
          {'a':[1,2]}      | {'a':[3]}   | false | an array
          {'a':1}          | {'a':null}  | false | its deletion
          {'o':{'x':1}}    | {'o':7}     | false | what stood around it
          {'o':7}          | {'o':{'x':1}} | false | what now holds it
          {'o':{'x':1}}    | null        | false | all of it
          """)
  void whatIsOlderIsComparedAttributeByAttribute(
      String newer, String older, boolean allowed, String what) {
    accepted(report(newer, 9));
    assertThat(report(older, 8) instanceof ShadowReply.Accepted).isEqualTo(allowed);
  }

  @Test
  void anEqualOrLaterSequenceIsWelcome() {
    accepted(report("{'a':1}", 9));
    accepted(report("{'a':2}", 9));
    accepted(report("{'a':3}", 10));
    assertThat(rejected(report("{'a':4}", 9)).code()).isEqualTo(409);
  }

  @Test
  void desiredIsNeverStale() {
    accepted(report("{'a':1}", 9));
    accepted(house.update("{'state':{'desired':{'a':1}},'sequence':1}"));
  }

  @Test
  void aSenderThatDoesNotCountIsNotComparedAndForgetsNothing() {
    accepted(report("{'a':1}", 9));
    accepted(house.update("{'state':{'reported':{'a':2}}}"));
    assertThat(rejected(report("{'a':3}", 8)).code()).isEqualTo(409);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'state':null}
          {'state':{'reported':null}}
          {'state':{'reported':{'a':null}},'sequence':9}
          """)
  void deletingForgets(String delete) {
    accepted(report("{'a':1}", 9));
    accepted(house.update(delete));
    accepted(report("{'a':1}", 1));
  }

  @Test
  void aShadowMadeAgainHasForgotten() {
    accepted(report("{'a':1}", 9));
    accepted(house.mqtt("$aws/things/T/shadow/delete", ""));
    accepted(report("{'a':1}", 1));
  }

  @Test
  void sequencesSurviveARestart() {
    accepted(report("{'a':1}", 9));
    ShadowHouse again =
        new ShadowHouse(
            ShadowSettings.standard().withRefuseStaleReports(true), house.store, ShadowHouse.NOW);
    assertThat(rejected(again.update("{'state':{'reported':{'a':2}},'sequence':8}")).code())
        .isEqualTo(409);
  }

  @Test
  void withoutTheModeSequenceIsIgnored() {
    ShadowHouse plain = new ShadowHouse();
    accepted(plain.update("{'state':{'reported':{'a':1}},'sequence':9}"));
    accepted(plain.update("{'state':{'reported':{'a':2}},'sequence':8}"));
  }

  @Test
  void aDeviceMaySendTheTimeOfItsReportInstead() {
    accepted(house.update("{'state':{'reported':{'a':1}},'timestamp':1700000009}"));
    assertThat(rejected(house.update("{'state':{'reported':{'a':2}},'timestamp':1700000008}")))
        .isEqualTo(
            new ShadowError(
                409,
                "Stale report: 'reported.a' was reported with sequence 1700000009, this update has"
                    + " 1700000008"));
    accepted(house.update("{'state':{'reported':{'a':3}},'timestamp':'2026-01-01T00:00:00Z'}"));
  }
}
