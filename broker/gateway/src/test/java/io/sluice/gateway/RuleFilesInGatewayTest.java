package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder of rules beside a running gateway, and what {@code explain rule} tells of them. */
class RuleFilesInGatewayTest {
  private static final String HOT =
      """
      ---
      actions:
        - republish: {topic: hot, qos: 1}
      ---
      SELECT t FROM 'plant/+' WHERE t > 20
      """;

  @TempDir Path folder;
  private Path rules;
  private Gateway gateway;

  @BeforeEach
  void start() throws IOException {
    rules = Files.createDirectory(folder.resolve("rules"));
    write("hot", HOT);
    gateway = Gateway.start(config(rules));
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private GatewayConfig config(Path directory) {
    Map<Setting, String> flags = TestGateway.onFreePorts(folder.resolve("data"));
    flags.put(Setting.RULES_DIR, directory.toString());
    return GatewayConfig.load(null, Map.of(), flags);
  }

  /** Writes a file that looks as if nobody had touched it for a while. */
  private void write(String name, String text) throws IOException {
    Path file = rules.resolve(name + ".sql");
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(10)));
  }

  private void publish(String topic, String payload) {
    Mqtt5BlockingClient device =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier("press-7")
            .serverHost("127.0.0.1")
            .serverPort(gateway.port("mqtt"))
            .buildBlocking();
    device.connect();
    device
        .publishWith()
        .topic(topic)
        .qos(MqttQos.AT_LEAST_ONCE)
        .payload(payload.getBytes(UTF_8))
        .send();
    device.disconnect();
  }

  private String explain(String... more) {
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(told, true, UTF_8));
    try {
      String[] args = {
        "explain",
        "rule",
        "--endpoint=http://127.0.0.1:" + gateway.port("http"),
        "--access-key-file=" + folder.resolve("data/access-key")
      };
      String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
      System.arraycopy(more, 0, all, args.length, more.length);
      Main.commandLine().execute(all);
    } finally {
      System.setOut(before);
    }
    return told.toString(UTF_8);
  }

  @Test
  void aFileIsARuleFromTheFirstMessageOnAndExplainSaysWhyItDidOrDidNotFire() {
    publish("plant/a", "{\"t\": 21}");
    publish("plant/b", "{\"t\": 19}");

    await().untilAsserted(() -> assertThat(explain("hot")).contains("plant/b"));
    assertThat(explain("hot"))
        .contains("rule hot, in force, FROM plant/+")
        .containsSubsequence("not matched", "plant/b, client press-7", "t > 20 is false")
        .containsSubsequence("matched", "plant/a, client press-7");
    assertThat(explain("hot", "--last", "1")).contains("plant/b").doesNotContain("plant/a");
    assertThat(explain("hot", "--json")).contains("\"outcome\" : \"NOT_MATCHED\"");
  }

  @Test
  void aFileWithAnErrorLeavesTheOldRuleInForceAndIsNamed() throws IOException {
    write("hot", HOT.replace("WHERE", "WERE"));
    write("new", "SELECT * FROM 'x'");

    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(explain("hot"))
                    .contains("rule hot, in force")
                    .contains("not as it should be: rule 'hot': line 5"));
    assertThat(explain("new")).contains("rule new, not in force").contains("must begin with");

    write("hot", HOT.replace("20", "30"));
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(explain("hot")).doesNotContain("not as it should be"));
    publish("plant/a", "{\"t\": 25}");
    await().untilAsserted(() -> assertThat(explain("hot")).contains("t > 30 is false"));
  }

  @Test
  void aRuleGoesWithItsFile() throws IOException {
    Files.delete(rules.resolve("hot.sql"));
    await().atMost(Duration.ofSeconds(10)).until(() -> gateway.rooms().rules.get("hot").isEmpty());
  }

  @Test
  void aFolderThatIsNotThereIsRefusedWithTheRemedy() {
    gateway.close();
    assertThatThrownBy(() -> Gateway.start(config(folder.resolve("none"))))
        .hasMessageContaining("rules-dir")
        .hasMessageContaining("make it");
  }
}
