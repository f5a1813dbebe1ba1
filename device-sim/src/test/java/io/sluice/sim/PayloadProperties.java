package io.sluice.sim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class PayloadProperties {
  private static final String EVERYTHING =
      """
      telemetry:
        payload:
          id: "{clientId}/{number}"
          walk: {$walk: {start: 5, step: 30, min: 0, max: 10}}
          uniform: {$uniform: {min: -1, max: 1, decimals: 3}}
          gaussian: {$gaussian: {mean: 10, deviation: 2}}
          sine: {$sine: {mean: 1, amplitude: 2, period: 10s}}
          count: {$counter: {start: 100, step: -2}}
          choice: {$choice: [a, {b: 1}, null]}
          fixed: {$constant: {$walk: me}}
          list: [1, {$counter: {}}]
          nested: {deep: {$uniform: {min: 0, max: 9, decimals: 0}}}
      """;

  private static List<String> payloads(long seed, DeviceName device, int count) {
    PayloadTemplate.Source source = template().open(seed, device, 0);
    List<String> payloads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] bytes = source.nextBytes(Duration.ofSeconds(i), 1_700_000_000_000L);
      payloads.add(new String(bytes, StandardCharsets.UTF_8));
    }
    return payloads;
  }

  private static PayloadTemplate template() {
    return Scenario.parse("t.yaml", EVERYTHING).telemetry().payload();
  }

  @Property(tries = 50)
  void theSameSeedRepeatsAndAnotherDoesNot(@ForAll long seed, @ForAll @IntRange(max = 9999) int n) {
    DeviceName device = new DeviceName(n, "d-" + n);

    assertThat(payloads(seed, device, 20)).isEqualTo(payloads(seed, device, 20));
    assertThat(payloads(seed, device, 20)).isNotEqualTo(payloads(seed + 1, device, 20));
  }

  @Property(tries = 50)
  void valuesStayWithinTheirBounds(@ForAll long seed) {
    PayloadTemplate.Source source = template().open(seed, new DeviceName(1, "d"), 0);
    for (int i = 0; i < 200; i++) {
      JsonNode payload = source.next(Duration.ofSeconds(i), 0);

      assertThat(payload.get("walk").asDouble()).isBetween(0.0, 10.0);
      assertThat(payload.get("uniform").asDouble()).isBetween(-1.0, 1.0);
      assertThat(payload.get("sine").asDouble()).isBetween(-1.0, 3.0);
      assertThat(payload.get("count").asLong()).isEqualTo(100 - 2L * i);
      assertThat(payload.at("/nested/deep").isIntegralNumber()).isTrue();
      assertThat(payload.at("/nested/deep").asLong()).isBetween(0L, 9L);
      assertThat(payload.at("/list/1").asLong()).isEqualTo(i);
    }
  }

  @Example
  void devicesDoNotSpeakInChorus() {
    Set<String> walks = new HashSet<>();
    for (int n = 0; n < 100; n++) {
      PayloadTemplate.Source source = template().open(1, new DeviceName(n, "d"), 0);
      source.next(Duration.ZERO, 0);
      walks.add(source.next(Duration.ZERO, 0).get("gaussian").asText());
    }
    assertThat(walks).hasSizeGreaterThan(60);
  }

  @Example
  void namesAndConstantsComeAsWritten() {
    JsonNode payload =
        template().open(1, new DeviceName(12, "d-12"), 0).next(Duration.ZERO, 1_700_000_000_000L);

    assertThat(payload.get("id").asText()).isEqualTo("d-12/12");
    assertThat(payload.get("fixed").toString()).isEqualTo("{\"$walk\":\"me\"}");
    assertThat(payload.get("walk").asDouble()).as("a walk begins at its start").isEqualTo(5);
  }

  @Example
  void timestampsAreWrittenInThreeForms() {
    List<String> written =
        Stream.of("millis", "seconds", "iso")
            .map(form -> "telemetry: {payload: {$timestamp: " + form + "}}")
            .map(yaml -> Scenario.parse("t", yaml).telemetry().payload())
            .map(payload -> payload.open(1, new DeviceName(1, "d"), 0))
            .map(source -> source.next(Duration.ZERO, 1_700_000_000_123L).asText())
            .toList();
    assertThat(written).containsExactly("1700000000123", "1700000000", "2023-11-14T22:13:20.123Z");
  }
}
