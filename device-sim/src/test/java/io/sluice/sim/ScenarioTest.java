package io.sluice.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ScenarioTest {
  static Stream<Path> examples() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("scenarios"))) {
      return files.sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void theExamplesAreValid(Path example) {
    assertThat(Scenario.load(example).devices()).isPositive();
  }

  @Test
  void everyKeyHasADefaultExceptWhatDevicesSay() {
    Scenario scenario = Scenario.parse("t.yaml", "telemetry: {payload: {a: 1}}");

    assertThat(scenario.devices()).isEqualTo(1);
    assertThat(scenario.duration()).isEqualTo(Duration.ofMinutes(1));
    assertThat(scenario.connect().mqtt()).isEqualTo(MqttVersion.V3_1_1);
    assertThat(scenario.connect().persistent()).isFalse();
    assertThat(scenario.telemetry().every()).isEqualTo(Duration.ofSeconds(1));
    assertThat(scenario.telemetry().qos()).isEqualTo(1);
    assertThat(scenario.shadow()).isNull();
    assertThat(scenario.faults()).isNull();
  }

  @Test
  void readsWhatIsWritten() {
    Scenario scenario =
        Scenario.parse(
            "t.yaml",
            """
            name: plant
            seed: -3
            devices: 3
            firstDevice: 9
            clientId: m-%02d
            duration: 2.5s
            connect: {mqtt: 5, keepAlive: 0s, session: persistent, sessionExpiry: 2h, rampUp: 0.5}
            telemetry: {topic: "a/{number}", every: 10ms, jitter: 0, qos: 2, retain: true, inFlightMax: 1, payload: 1}
            shadow: {thing: "t-{clientId}", name: config, every: 1m, reactToDelta: false, state: {on: true}}
            faults: {dropEvery: 3s, how: silence}
            """);

    assertThat(scenario.clientIds()).containsExactly("m-09", "m-10", "m-11");
    assertThat(scenario.duration()).isEqualTo(Duration.ofMillis(2_500));
    assertThat(scenario.connect().mqtt()).isEqualTo(MqttVersion.V5);
    assertThat(scenario.connect().sessionExpiry()).isEqualTo(Duration.ofHours(2));
    assertThat(scenario.telemetry().topic().expand(new DeviceName(9, "m-09"))).isEqualTo("a/9");
    assertThat(scenario.shadow().getAtConnect()).as("nothing reacts, so nothing asks").isFalse();
    assertThat(scenario.shadow().shadowName()).isEqualTo("config");
    assertThat(scenario.faults()).isEqualTo(new Scenario.Faults(Duration.ofSeconds(3), true));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      devices: 2                                              | t.yaml: has neither 'telemetry' nor 'shadow'
      telemtry: {payload: 1}                                  | t.yaml: unknown key 'telemtry'; did you mean 'telemetry'?
      'telemetry: {evry: 1s, payload: 1}'                     | t.yaml: unknown key 'telemetry.evry'; did you mean 'every'?
      'telemetry: {colour: 1s, payload: 1}'                   | known here: every, inFlightMax, jitter, payload, qos, retain, topic
      'telemetry: {payload: 1, every: 5}'                     | t.yaml: 'telemetry.every' is '5'; write a number and a unit
      'telemetry: {payload: 1, every: 0ms}'                   | 'telemetry.every' is '0ms'; write a duration from 1ms to 24h
      'telemetry: {payload: 1, qos: 3}'                       | t.yaml: 'telemetry.qos' is '3'; write a whole number from 0 to 2
      'telemetry: {payload: 1, qos: one}'                     | 'telemetry.qos' is 'one'; write a whole number
      'telemetry: {payload: 1, retain: perhaps}'              | 'telemetry.retain' is 'perhaps'; write true or false
      'telemetry: {payload: 1, topic: a/#}'                   | 'telemetry.topic' is 'a/#', which is no topic name
      'telemetry: {payload: 1, topic: "a/{client}"}'          | 'telemetry.topic' has the unknown place {client}; did you mean 'clientId'?
      'telemetry: {topic: a}'                                 | 'telemetry.payload' is missing; write the JSON to send
      'telemetry: hello'                                      | 'telemetry' is 'hello'; write a mapping with every,
      'telemetry: {payload: {t: {$wlak: {start: 1}}}}'        | unknown generator 'telemetry.payload.t.$wlak'; did you mean '$walk'?
      'telemetry: {payload: {t: {$walk: {}}}}'                | 'telemetry.payload.t.$walk.start' is missing; write a number
      'telemetry: {payload: {t: {$walk: {start: 9, max: 3}}}}'| 'telemetry.payload.t.$walk.start' is '9'; put it between min and max
      'telemetry: {payload: {t: {$uniform: {min: 2, max: 1}}}}' | 'telemetry.payload.t.$uniform.min' is '2'; make it at most max
      'telemetry: {payload: {t: {$choice: []}}}'              | 'telemetry.payload.t.$choice' has nothing to choose from
      'telemetry: {payload: {t: {$timestamp: now}}}'          | 'telemetry.payload.t.$timestamp' is 'now'; write one of millis, seconds, iso
      'telemetry: {payload: {t: {$counter: {}, u: 1}}}'       | 'telemetry.payload.t.$counter' has other keys beside it
      'telemetry: {payload: ["{cientId}"]}'                   | 'telemetry.payload[0]' has the unknown place {cientId}; did you mean 'clientId'?
      'shadow: {state: 5}'                                    | 'shadow.state' is '5'; write a mapping
      'shadow: {state: {}, name: "a b"}'                      | 'shadow.name' is 'a b'; use 1 to 64 letters
      'clientId: sensor'                                      | 'clientId' is 'sensor'; write one number into it
      'clientId: "%d-%d"'                                     | 'clientId' is '%d-%d'; write one number into it
      'connect: {mqtt: 4}'                                    | 'connect.mqtt' is '4'; write one of 3.1.1, 5, 5.0
      'connect: {sessionExpiry: 1h}'                          | 'connect.sessionExpiry' is '1h'; add 'session: persistent'
      'faults: {how: burn}'                                   | 'faults.how' is 'burn'; write one of cut, silence
      'devices: 0'                                            | 'devices' is '0'; write a whole number from 1 to 100000
      'devices: [1'                                           | t.yaml: is not YAML at line 1
      '- a'                                                   | t.yaml: the document is a list; write a mapping
      """)
  void refusesAndSaysWhereAndWhatToDo(String yaml, String message) {
    assertThatThrownBy(() -> Scenario.parse("t.yaml", yaml))
        .isInstanceOf(ScenarioInvalid.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesAKeyWrittenTwice() {
    assertThatThrownBy(() -> Scenario.parse("t.yaml", "devices: 1\ndevices: 2\n"))
        .isInstanceOf(ScenarioInvalid.class)
        .hasMessageContaining("line 2")
        .hasMessageContaining("Duplicate field 'devices'");
  }

  @Test
  void refusesAFileThatIsNotThere(@TempDir Path folder) {
    assertThatThrownBy(() -> Scenario.load(folder.resolve("none.yaml")))
        .isInstanceOf(ScenarioInvalid.class)
        .hasMessageContaining("none.yaml: does not exist");
  }

  @ParameterizedTest
  @CsvSource({"250ms,250", "15s,15000", "1.5s,1500", "90s,90000", "5m,300000", "2h,7200000"})
  void durationsAreReadAndPrintedAlike(String text, long millis) {
    assertThat(DurationText.parse(text)).contains(Duration.ofMillis(millis));
    assertThat(DurationText.print(Duration.ofMillis(millis))).isEqualTo(text);
  }
}
