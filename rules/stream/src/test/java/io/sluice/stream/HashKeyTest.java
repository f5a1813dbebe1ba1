package io.sluice.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HashKeyTest {

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      textBlock =
          """
          1            | 261578874264819908609102035485573088411
          partitionKey | 193318062818912349798954611745638949166
          a            | 16955237001963240173058271559858726497
          é            | 136732923097551493579404309126273812335
          """,
      delimiter = '|')
  void isTheMd5OfTheUtf8Bytes(String partitionKey, String hash) {
    assertThat(HashKey.of(partitionKey)).hasToString(hash);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "1",
        "18446744073709551615",
        "18446744073709551616",
        "340282366920938463463374607431768211455"
      })
  void readsWhatItWrites(String decimal) {
    assertThat(HashKey.parse(decimal, "ExplicitHashKey")).hasToString(decimal);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-1",
        "01",
        "1.0",
        "0x1",
        " 1",
        "٣",
        "340282366920938463463374607431768211456",
        "3402823669209384634633746074317682114550"
      })
  void refusesWhatIsNoPlaceInTheHashSpace(String text) {
    assertThatThrownBy(() -> HashKey.parse(text, "ExplicitHashKey"))
        .isInstanceOf(StreamError.class)
        .hasMessageContaining("ExplicitHashKey")
        .extracting(e -> ((StreamError) e).code())
        .isEqualTo(StreamError.Code.INVALID_ARGUMENT);
  }

  @Test
  void neighboursCarryBetweenTheHalves() {
    HashKey lowFull = HashKey.of(new BigInteger("18446744073709551615"));

    assertThat(lowFull.next()).hasToString("18446744073709551616");
    assertThat(lowFull.next().previous()).isEqualTo(lowFull);
    assertThat(HashKey.MAX).isGreaterThan(HashKey.MIN).isGreaterThan(lowFull.next());
  }

  @Test
  void twoShardsMeetInTheMiddle() {
    List<HashRange> halves = HashRange.divide(2);

    assertThat(halves.get(0).last()).hasToString("170141183460469231731687303715884105727");
    assertThat(halves.get(1).first()).hasToString("170141183460469231731687303715884105728");
    assertThat(halves.get(1).last()).isEqualTo(HashKey.MAX);
  }

  @Test
  void theLastOfThreeShardsTakesTheRemainder() {
    BigInteger width = BigInteger.ONE.shiftLeft(128).divide(BigInteger.valueOf(3));
    List<HashRange> thirds = HashRange.divide(3);

    assertThat(thirds.get(0).last().toNumber()).isEqualTo(width.subtract(BigInteger.ONE));
    assertThat(thirds.get(2).first().toNumber()).isEqualTo(width.multiply(BigInteger.TWO));
    assertThat(thirds.get(2).last()).isEqualTo(HashKey.MAX);
  }
}
