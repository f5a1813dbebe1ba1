package io.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.engine.Ledger.Entry;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.UserProperty;
import io.sluice.store.Keys;
import io.sluice.store.StateRecord;
import io.sluice.store.Table;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of a message, from the ingress log to the destinations and the ledger. */
class RuleBookTest {
  private static final String TO_Q = "'actions': [{'sqs': {'queueUrl': 'http://h/1/q'}}]";
  private RulesHouse house = new RulesHouse();

  // ---- which rule

  @ParameterizedTest(name = "FROM {0}, published to {1}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a/b     | a/b               | fires
          a/+     | a/b               | fires
          a/#     | a/b/c             | fires
          a/#     | a                 | unheard
          a/b     | a/c               | unheard
          a/b     | $aws/rules/r/x    | fires
          a/b     | $aws/rules/r      | fires
          a/b     | $aws/rules/s/a/b  | unheard
          """)
  void topics(String from, String topic, String expected) {
    house.create("r", "SELECT * FROM '" + from + "'", TO_Q);
    assertThat(house.publish(topic, "{}")).isEqualTo(expected.equals("fires"));
    assertThat(house.fake().at("queue/q")).hasSize(expected.equals("fires") ? 1 : 0);
    assertThat(house.rules.counters().ruleNotFound.sum())
        .isEqualTo(topic.contains("rules/s") ? 1 : 0);
  }

  @Test
  void basicIngestRunsOnlyItsRuleAndSeesOnlyTheRestOfTheTopic() {
    house.create("one", "SELECT topic() AS t FROM '#'", TO_Q);
    house.create("two", "SELECT topic() AS t FROM '#'", TO_Q);
    house.publish("$aws/rules/one/a/b", "{}");
    assertThat(house.fake().at("queue/q")).containsExactly("{\"t\":\"a/b\"}");
    assertThat(house.count("two", Entry.MATCHED)).isZero();
  }

  @Test
  void foreachRunsTheActionsForEachElementWithItsTemplates() {
    Rule rule =
        RuleDocument.parse(
            "r",
            RulesHouse.json(
                "{\"sql\": \"FOREACH s AS x DO x.n AS n INCASE x.n > 1 FROM 'a'\","
                    + " \"awsIotSqlVersion\": \"sluice-1\", \"actions\": [{\"sqs\":"
                    + " {\"queueUrl\": \"http://h/1/q${x.to}\"}}]}"),
            RulesHouse.START_MILLIS);
    house.await(house.rules.create(rule));
    house.publish("a", "{\"s\":[{\"n\":1,\"to\":0},{\"n\":2,\"to\":1},{\"n\":3,\"to\":2}]}");
    house.publish("a", "{\"s\":[]}");
    assertThat(house.fake().at("queue/q1")).containsExactly("{\"n\":2}");
    assertThat(house.fake().at("queue/q2")).containsExactly("{\"n\":3}");
    assertThat(house.count("r", Entry.MATCHED)).isEqualTo(1);
    assertThat(house.count("r", Entry.NOT_MATCHED)).isEqualTo(1);
    assertThat(house.count("r", Entry.DELIVERED)).isEqualTo(2);
  }

  @Test
  void aRuleWithoutFromIsReachedByBasicIngestAlone() {
    house.create("r", "SELECT 1 AS n", TO_Q);
    assertThat(house.publish("a", "{}")).isFalse();
    assertThat(house.publish("$aws/rules/r/a", "{}")).isTrue();
    assertThat(house.fake().at("queue/q")).containsExactly("{\"n\":1}");
  }

  @Test
  void basicIngestToADisabledOrDeletedRuleIsCounted() {
    house.create("r", "SELECT * FROM 'a'", TO_Q);
    house.await(house.rules.setDisabled("r", true));
    assertThat(house.publish("$aws/rules/r/a", "{}")).isFalse();
    house.log(house.message("$aws/rules/r/a", "{}")); // disabled after it was taken
    house.simulation.run();
    assertThat(house.rules.counters().ruleNotFound.sum()).isEqualTo(2);
    assertThat(house.fake().at("queue/q")).isEmpty();
  }

  @Test
  void disablingEnablingReplacingAndDeletingHoldFromTheNextMessageOn() {
    house.create("r", "SELECT 1 AS v FROM 'a'", TO_Q);
    house.publish("a", "{}");
    house.await(house.rules.setDisabled("r", true));
    assertThat(house.publish("a", "{}")).isFalse();
    house.await(house.rules.setDisabled("r", false));
    house.publish("a", "{}");
    house.await(house.rules.replace(RulesHouse.rule("r", "SELECT 2 AS v FROM '+'", TO_Q)));
    house.publish("a", "{}");
    house.publish("b", "{}");
    house.await(house.rules.delete("r"));
    assertThat(house.publish("a", "{}")).isFalse();
    assertThat(house.fake().at("queue/q"))
        .containsExactly("{\"v\":1}", "{\"v\":1}", "{\"v\":2}", "{\"v\":2}");
  }

  @Test
  void rulesComeBackAfterARestart() {
    house.create("r", "SELECT 1 AS v FROM 'a'", TO_Q);
    house.create("off", "SELECT 1 AS v FROM 'a'", TO_Q + ", 'ruleDisabled': true");
    List<Rule> before = house.rules.list();
    house = house.afterRestart();
    assertThat(house.rules.list()).isEqualTo(before);
    house.publish("a", "{}");
    assertThat(house.fake().at("queue/q")).hasSize(1);
  }

  @Test
  void refusedChangesLeaveTheOldRuleInForce() {
    Rule rule = house.create("r", "SELECT 1 AS v FROM 'a'", TO_Q);
    assertThatThrownBy(() -> house.create("r", "SELECT 1 AS v FROM 'a'", TO_Q))
        .hasMessageContaining("exists")
        .extracting(e -> ((RuleRejected) e).code())
        .isEqualTo(RuleRejected.Code.ALREADY_EXISTS);
    Rule broken = RulesHouse.rule("r", "SELECT v FROM 'a'\nWHERE (", TO_Q);
    assertThatThrownBy(() -> house.await(house.rules.replace(broken)))
        .hasMessageContaining("line 2, column")
        .extracting(e -> ((RuleRejected) e).code())
        .isEqualTo(RuleRejected.Code.SQL_PARSE);
    assertThatThrownBy(
            () -> house.await(house.rules.replace(RulesHouse.rule("s", "SELECT 1 AS v", TO_Q))))
        .extracting(e -> ((RuleRejected) e).code())
        .isEqualTo(RuleRejected.Code.UNKNOWN_RULE);
    assertThat(house.rules.get("r")).contains(rule);
    assertThat(house.rules.get("s")).isEmpty();
  }

  @Test
  void aTemplateThatDoesNotParseIsRefusedWithItsFieldAndPlace() {
    assertThatThrownBy(
            () ->
                house.create(
                    "r", "SELECT * FROM 'a'", "'actions': [{'republish': {'topic': 'x/${1 +}'}}]"))
        .hasMessageContaining("0/republish.topic")
        .hasMessageContaining("line 1, column");
  }

  // ---- actions

  @Test
  void everyActionGetsTheResultWithItsTemplatesFilledFromThePayload() {
    house.create(
        "r",
        "SELECT n FROM 'f/+'",
        """
        'actions': [
          {'sqs': {'queueUrl': 'http://h/1/q-${topic(2)}', 'useBase64': true, 'roleArn': 'x'}},
          {'kinesis': {'streamName': 's', 'partitionKey': '${clientid()}-${hidden}'}},
          {'firehose': {'deliveryStreamName': 'd', 'separator': '\\n'}},
          {'republish': {'topic': 'out/${topic(2)}', 'qos': 1}}]
        """);
    house.publish("f/7", "{\"n\": 1, \"hidden\": true}");
    assertThat(house.fake().at("queue/q-7"))
        .containsExactly(
            Base64.getEncoder().encodeToString("{\"n\":1}".getBytes(StandardCharsets.UTF_8)));
    assertThat(house.fake().keysAt("stream/s")).containsExactly("dev1-true");
    assertThat(house.fake().at("delivery/d")).containsExactly("{\"n\":1}\n");
    Publication out = house.published.get(1);
    assertThat(out.topic()).hasToString("out/7");
    assertThat(out.origin()).isEqualTo(new Origin("dev1", "cert1", null, Origin.Kind.GATEWAY, 1));
    assertThat(house.rules.ledger().lines())
        .filteredOn(line -> !line.action().isEmpty())
        .extracting(line -> line.action() + "=" + line.counts().get(Entry.DELIVERED))
        .containsExactly("0/sqs=1", "1/kinesis=1", "2/firehose=1", "3/republish=1");
  }

  @Test
  void batchModePutsEachElementOfAnArray() {
    house.create(
        "r",
        "SELECT VALUE items FROM 'a'",
        "'actions': [{'firehose': {'deliveryStreamName': 'd', 'separator': ',', 'batchMode':"
            + " true}}]");
    house.publish("a", "{\"items\": [1, {\"x\": 2}]}");
    house.publish("a", "{\"items\": \"one\"}");
    assertThat(house.fake().at("delivery/d")).containsExactly("1,", "{\"x\":2},", "\"one\",");
  }

  @Test
  void aBinaryPayloadPassesUnchanged() {
    house.create("r", "SELECT * FROM 'a'", TO_Q);
    house.publish("a", "no JSON");
    assertThat(house.fake().at("queue/q")).containsExactly("no JSON");
  }

  @Test
  void republishSetsTheHeadersOfMqtt5() {
    house.create(
        "r",
        "SELECT * FROM 'a'",
        """
        'actions': [{'republish': {'topic': '$$aws/things/t/shadow/update', 'headers': {
          'payloadFormatIndicator': 'UTF8_DATA', 'contentType': '${kind}', 'responseTopic': 'r/1',
          'correlationData': 'AQI=', 'messageExpiry': '60',
          'userProperties': [{'key': 'k', 'value': '${topic()}'}, {'key': 'k', 'value': '2'}]}}}]
        """);
    house.publish("a", "{\"kind\": \"text/plain\"}");
    Publication out = house.published.get(1);
    assertThat(out.topic()).hasToString("$aws/things/t/shadow/update");
    PublishProperties properties = out.properties();
    assertThat(properties.payloadFormatIndicator()).isEqualTo(1);
    assertThat(properties.contentType()).isEqualTo("text/plain");
    assertThat(properties.responseTopic()).isEqualTo("r/1");
    assertThat(properties.correlationData()).containsExactly(1, 2);
    assertThat(properties.messageExpirySeconds()).isEqualTo(60);
    assertThat(properties.userProperties())
        .containsExactly(new UserProperty("k", "a"), new UserProperty("k", "2"));
  }

  @Test
  void aLoopOfRepublishActionsIsCutAfterTenHops() {
    house.create("r", "SELECT * FROM 'a'", "'actions': [{'republish': {'topic': 'a'}}]");
    house.publish("a", "{}");
    assertThat(house.published).hasSize(1 + RepublishAction.HOPS_MAX);
    assertThat(house.count("r", Entry.DELIVERED)).isEqualTo(RepublishAction.HOPS_MAX);
    assertThat(house.count("r", Entry.LOOP_CUT)).isEqualTo(1);
    assertThat(house.count("r", Entry.MATCHED)).isEqualTo(RepublishAction.HOPS_MAX + 1);
  }

  @Test
  void republishToBasicIngestChainsRules() {
    house.create(
        "first",
        "SELECT 1 AS n FROM 'a'",
        "'actions': [{'republish': {'topic': '$$aws/rules/next/x'}}]");
    house.create("next", "SELECT n, topic() AS t", TO_Q);
    house.publish("a", "{}");
    assertThat(house.fake().at("queue/q")).containsExactly("{\"n\":1,\"t\":\"x\"}");
  }

  // ---- what goes wrong

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {'sqs': {'queueUrl': 'http://h/1/no-q'}}                              | does not exist
          {'sqs': {'queueUrl': 'http://h/1/bad-q'}}                             | IllegalStateException
          {'sqs': {'queueUrl': 'http://h/1/${nothing}'}}                        | has no value
          {'kinesis': {'streamName': 's', 'partitionKey': '${nothing}'}}        | has no value
          {'republish': {'topic': 'a/+'}}                                       | wildcard
          {'republish': {'topic': '${blank}'}}                                  | empty
          {'republish': {'topic': 'x', 'headers': {'messageExpiry': '-1'}}}     | messageExpiry
          {'republish': {'topic': 'x', 'headers': {'messageExpiry': '5e9'}}}    | messageExpiry
          {'republish': {'topic': 'x', 'headers': {'correlationData': '?'}}}    | correlationData
          {'republish': {'topic': 'x', 'headers': {'responseTopic': 'a/#'}}}    | responseTopic
          {'republish': {'topic': 'x', 'headers': {'payloadFormatIndicator': 'U'}}} | payloadFormatIndicator
          """)
  void aFailedActionRunsTheErrorActionAndHindersNoOther(String action, String reason) {
    house.create(
        "r",
        "SELECT * FROM 'in'",
        "'actions': [%s, {'sqs': {'queueUrl': 'http://h/1/q'}}], 'errorAction': {'sqs': {'queueUrl': 'e/errors'}}"
            .formatted(action));
    house.publish("in", "{\"blank\": \"\"}");
    assertThat(house.fake().at("queue/q")).hasSize(1);
    assertThat(house.fake().at("queue/errors")).hasSize(1);
    JsonNode error = RulesHouse.json(house.fake().at("queue/errors").get(0));
    assertThat(error.at("/failures/0/errorMessage").asText()).contains(reason);
    assertThat(house.count("r", Entry.MATCHED)).isEqualTo(1);
    assertThat(house.count("r", Entry.DELIVERED)).isEqualTo(1);
    assertThat(house.count("r", Entry.ACTION_FAILED)).isEqualTo(1);
    assertThat(house.count("r", Entry.ERROR_ACTION_DELIVERED)).isEqualTo(1);
    assertThat(house.isIdle()).isTrue();
  }

  @Test
  void theErrorActionGetsItsDocumentedPayloadAndItsTemplatesTheOriginalMessage() {
    house.create(
        "R1",
        "SET @who = topic(2) SELECT * FROM 'a/+'",
        "'actions': [{'sqs': {'queueUrl': 'http://h/1/no-q'}}], "
            + "'errorAction': {'republish': {'topic': 'err/${@who}/${n}'}}");
    house.publish("a/b", "{\"n\": 5}");
    Publication sent = house.published.get(1);
    assertThat(sent.topic()).hasToString("err/b/5");
    JsonNode error = RulesHouse.json(new String(sent.payload(), StandardCharsets.UTF_8));
    assertThat(error.path("cloudwatchTraceId").asText()).matches("[0-9a-f]{8}-[0-9a-f-]{27}");
    ((ObjectNode) error).remove("cloudwatchTraceId");
    assertThat(error)
        .isEqualTo(
            RulesHouse.json(
                """
                {"ruleName": "R1", "topic": "a/b", "clientId": "dev1", "sourceIp": "192.0.2.1",
                 "base64OriginalPayload": "eyJuIjogNX0=",
                 "failures": [{"failedAction": "SqsAction", "failedResource": "no-q",
                               "errorMessage": "no-q does not exist"}]}
                """));
    assertThat(house.count("R1", Entry.ERROR_ACTION_DELIVERED)).isEqualTo(1);
    assertThat(house.count("R1", Entry.DELIVERED)).isZero();
  }

  @Test
  void anErrorActionThatFailsIsCountedAndThatIsAll() {
    house.create(
        "r",
        "SELECT * FROM 'a'",
        "'actions': [{'sqs': {'queueUrl': 'u/no-q'}}], 'errorAction': {'sqs': {'queueUrl':"
            + " 'u/no-e'}}");
    house.publish("a", "{}");
    assertThat(house.count("r", Entry.ACTION_FAILED)).isEqualTo(1);
    assertThat(house.count("r", Entry.ERROR_ACTION_FAILED)).isEqualTo(1);
    assertThat(house.isIdle()).isTrue();
  }

  @Test
  void aStatementThatFailsRunsNoActionAndNoErrorAction() {
    house.create(
        "r",
        "SELECT get_thing_shadow('t', 'role') AS s FROM 'a'",
        TO_Q + ", 'errorAction': {'sqs': {'queueUrl': 'u/e'}}");
    house.publish("a", "{}");
    house.publish("a", "[".repeat(100_000));
    assertThat(house.count("r", Entry.EVALUATION_FAILED)).isEqualTo(2);
    assertThat(house.fake().at("queue/q")).isEmpty();
    assertThat(house.fake().at("queue/e")).isEmpty();
  }

  @Test
  void aDamagedFailureRecordIsPassedOver() {
    house.create("r", "SELECT * FROM 'a'", TO_Q);
    for (String damaged : List.of("{", "{}", "{\"publication\": \"AAAA\"}", "")) {
      house.store.log("rule-errors").append(0, damaged.getBytes(StandardCharsets.UTF_8));
    }
    house.simulation.run();
    assertThat(house.isIdle()).isTrue();
    assertThat(house.rules.counters().unreadableFailures.sum()).isEqualTo(4);
  }

  @Test
  void aRowThatMakesNoRuleAnyMoreIsKeptAndShownAsDisabled() {
    house.create("good", "SELECT * FROM 'a'", TO_Q);
    house.create("old", "SELECT * FROM 'a'", TO_Q);
    house.create("torn", "SELECT * FROM 'a'", TO_Q);
    overwrite(
        "old", "{\"ruleName\": \"old\", \"sql\": \"SELECT sum(*) FRO 'a'\", \"actions\": []}");
    overwrite("torn", "{");
    house = house.afterRestart();
    assertThat(house.rules.list()).extracting(Rule::name).containsExactly("good", "old", "torn");
    assertThat(house.rules.list()).extracting(Rule::disabled).containsExactly(false, true, true);
    assertThat(house.rules.problem("old"))
        .hasValueSatisfying(p -> assertThat(p).contains("line 1"));
    assertThat(house.rules.problem("good")).isEmpty();
    assertThat(house.rules.from("old")).isEmpty();
    assertThatThrownBy(() -> house.await(house.rules.setDisabled("old", false)))
        .isInstanceOf(RuleRejected.class);
    house.await(house.rules.setDisabled("torn", true));
    house.await(house.rules.replace(RulesHouse.rule("old", "SELECT * FROM 'a'", TO_Q)));
    assertThat(house.rules.problem("old")).isEmpty();
    house.publish("a", "{}");
    assertThat(house.fake().at("queue/q")).hasSize(2);
  }

  private void overwrite(String name, String row) {
    StateRecord record = new StateRecord();
    int partition = house.partitions.of("rules");
    byte[] key =
        Keys.of()
            .raw(new byte[] {(byte) (partition >>> 8), (byte) partition})
            .raw(name.getBytes(StandardCharsets.UTF_8))
            .bytes();
    record.put(new Table("rules"), key, row.getBytes(StandardCharsets.UTF_8));
    house.store.commit(record);
  }

  // ---- what is told

  @Test
  void recentEvaluationsSayWhy() {
    house.create(
        "r",
        "SELECT * FROM 'a' WHERE t > 20 AND u = 1",
        "'actions': [{'sqs': {'queueUrl': 'u/no-q'}}]");
    house.publish("a", "{\"t\": 30, \"u\": 1}");
    house.publish("a", "{\"t\": 10, \"u\": 1}");
    List<RuleEvaluation> recent = house.rules.recent("r", 20);
    assertThat(recent)
        .extracting(RuleEvaluation::outcome)
        .containsExactly(
            RuleEvaluation.Outcome.NOT_MATCHED,
            RuleEvaluation.Outcome.ACTION_FAILED,
            RuleEvaluation.Outcome.MATCHED);
    assertThat(recent.get(0).reasons()).containsExactly("line 1, column 25: t > 20 is false");
    assertThat(recent.get(1).reasons()).containsExactly("0/sqs to 'no-q': no-q does not exist");
    assertThat(house.rules.recent("r", 1)).hasSize(1);
    assertThat(house.rules.recent("unknown", 1)).isEmpty();
  }

  @Test
  void recentEvaluationsAreSampledAndBounded() {
    house.create("r", "SELECT * FROM 'a'", "'actions': []");
    for (int i = 0; i < 50; i++) {
      house.publish("a", "{}");
    }
    assertThat(house.rules.recent("r", 1000)).hasSize(5); // the clock stood
    for (int i = 0; i < 200; i++) {
      house.simulation.advance(1000);
      house.publish("a", "{}");
    }
    assertThat(house.rules.recent("r", 1000)).hasSize(RecentEvaluations.KEPT_MAX);
  }

  @Test
  void aDryRunFillsTheTemplatesAndDoesNothing() {
    Rule draft =
        RulesHouse.rule(
            "draft",
            "SELECT n FROM 'a/+' WHERE n > 1",
            "'actions': [{'republish': {'topic': 'b/${topic(2)}'}}, {'sqs': {'queueUrl':"
                + " 'u/${x}'}}]");
    DryRun fired = house.rules.dryRun(draft, house.message("a/z", "{\"n\": 2}"));
    assertThat(fired.fires()).isTrue();
    assertThat(fired.actions().get(0).fields())
        .isEqualTo(Map.of("topic", "b/z", "qos", "0", "bytes", "7"));
    assertThat(fired.actions().get(1).failure()).contains("${x}");
    DryRun not = house.rules.dryRun(draft, house.message("a/z", "{\"n\": 1}"));
    assertThat(not.fires()).isFalse();
    assertThat(not.explanation().clauses().get(0).holds()).isFalse();
    assertThat(house.rules.dryRun(draft, house.message("c", "{\"n\": 2}")).covered()).isFalse();
    house.simulation.run();
    assertThat(house.rules.ledger().totals()).isEmpty();
    assertThat(house.rules.list()).isEmpty();
  }
}
