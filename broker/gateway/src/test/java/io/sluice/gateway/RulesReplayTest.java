package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.Rule;
import io.sluice.engine.RuleTrial;
import io.sluice.message.TopicName;
import io.sluice.sql.SqlVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** A draft over what a stream of a running gateway holds. */
class RulesReplayTest {
  private static final String ALARM =
      """
      ---
      awsIotSqlVersion: '2016-03-23'
      actions:
        - republish: {topic: 'alarm/${line}', qos: 1}
      ---
      SELECT t, line FROM 'plant/+' WHERE t > 20
      """;

  @TempDir Path folder;
  private final StringWriter refused = new StringWriter();
  private Gateway gateway;

  @BeforeEach
  void start() throws IOException {
    Path rules = Files.createDirectory(folder.resolve("rules"));
    Files.writeString(rules.resolve("alarm.sql"), ALARM);
    Files.setLastModifiedTime(
        rules.resolve("alarm.sql"), java.nio.file.attribute.FileTime.fromMillis(0));
    Map<Setting, String> flags = TestGateway.onFreePorts(folder.resolve("data"));
    flags.put(Setting.RULES_DIR, rules.toString());
    gateway = Gateway.start(GatewayConfig.load(null, Map.of(), flags));
    try (KinesisClient kinesis = kinesis()) {
      kinesis.createStream(r -> r.streamName("telemetry").shardCount(2));
      for (int t = 15; t <= 30; t += 5) {
        String payload = "{\"topic\":\"plant/p%d\",\"line\":%d,\"t\":%d}".formatted(t, t % 2, t);
        String key = String.valueOf(t);
        kinesis.putRecord(
            r ->
                r.streamName("telemetry").partitionKey(key).data(SdkBytes.fromUtf8String(payload)));
      }
      kinesis.putRecord(
          r -> r.streamName("telemetry").partitionKey("x").data(SdkBytes.fromUtf8String("junk")));
    }
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private KinesisClient kinesis() {
    return TestGateway.aws(gateway, KinesisClient.builder());
  }

  private int exit;

  private String replay(String draft, String... more) throws IOException {
    Path file = folder.resolve("alarm.sql");
    Files.writeString(file, draft);
    List<String> args =
        new ArrayList<>(
            List.of(
                "rules",
                "replay",
                "--rule=" + file,
                "--endpoint=http://127.0.0.1:" + gateway.port("http"),
                "--access-key-file=" + folder.resolve("data/access-key")));
    args.addAll(List.of(more));
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(told, true, UTF_8));
    try {
      exit =
          Main.commandLine()
              .setErr(new PrintWriter(refused, true))
              .execute(args.toArray(String[]::new));
    } finally {
      System.setOut(before);
    }
    return told.toString(UTF_8);
  }

  @Test
  void aDraftThatSaysTheSameAgreesWithTheRuleInForce() throws IOException {
    String told = replay(ALARM, "--stream=telemetry", "--from=-1h");
    assertThat(told)
        .contains("4 messages of stream 'telemetry'")
        .contains("1 records have no topic")
        .contains("in force   2 fired, 2 did not match, 0 failed")
        .contains("4 the same, 0 different");
    assertThat(exit).isZero();
  }

  @Test
  void whereADraftDiffersIsShownAndNothingIsDone() throws IOException {
    String told = replay(ALARM.replace("t > 20", "t > 25"), "--stream=telemetry");
    assertThat(told)
        .contains("draft      1 fired, 3 did not match")
        .contains("in force   2 fired, 2 did not match")
        .contains("3 the same, 1 different")
        .contains("topic plant/p25")
        .contains("at /fires: expected true, found false");
    assertThat(exit).isEqualTo(1);
    assertThat(gateway.rooms().rules.get("alarm").orElseThrow().sql()).contains("t > 20");
    assertThat(gateway.rooms().rules.ledger().totals()).isEmpty();
  }

  @Test
  void whatActionsWouldDoIsComparedToo() throws IOException {
    String told =
        replay(ALARM.replace("alarm/${line}", "alarms/${line}"), "--stream=telemetry", "--json");
    assertThat(told).contains("\"different\" : 2").contains("alarms/1");
  }

  @Test
  void aDraftIsPromotedWhenAsked() throws IOException {
    String draft = ALARM.replace("t > 20", "t > 25").replace("SELECT t", "SELECT t AS temp");
    String told = replay(draft, "--stream=telemetry", "--live=fresh", "--promote");
    assertThat(told)
        .contains("there is no rule 'fresh' in force to compare with")
        .contains("rule 'fresh' is in force as the draft says");
    assertThat(gateway.rooms().rules.get("fresh").orElseThrow().sql()).contains("t AS temp");
  }

  @Test
  void whatCannotBeReadIsRefusedWithTheRemedy() throws IOException {
    replay(ALARM, "--stream=nothing");
    assertThat(exit).isNotZero();
    replay(ALARM, "--stream=telemetry", "--from=yesterday");
    assertThat(exit).isNotZero();
    replay(ALARM.replace("WHERE", "WERE"), "--stream=telemetry");
    assertThat(exit).isNotZero();
    assertThat(refused.toString())
        .contains("stream 'nothing' cannot be read")
        .contains("--from 'yesterday' is no time")
        .contains("found 'WERE', expected WHERE")
        .doesNotContain("\tat ");
  }

  @ParameterizedTest
  @CsvSource({
    "start, 0",
    "-30s, 1000000",
    "-1h, 1",
    "1970-01-01T00:00:02Z, 2000",
  })
  void aTimeIsASpanBackOrAnInstant(String from, long millis) {
    assertThat(RulesReplay.since(from, 1_030_000)).isEqualTo(millis);
  }

  @Test
  void bothRulesReadTheTimeOfTheMessage() {
    String sql = "SELECT timestamp() AS at FROM 'a'";
    Replay replay = new Replay(rule(sql), rule(sql + " WHERE true"), 10);
    replay.run("1", TopicName.of("a"), "{}".getBytes(UTF_8), 1_700_000_000_000L);
    assertThat(replay.differs()).isFalse();
  }

  private static Rule rule(String sql) {
    return RuleTrial.parse("r", sql, SqlVersion.V2016_03_23);
  }
}
