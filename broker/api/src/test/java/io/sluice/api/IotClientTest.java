package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.Action;
import software.amazon.awssdk.services.iot.model.IotException;
import software.amazon.awssdk.services.iot.model.ResourceAlreadyExistsException;
import software.amazon.awssdk.services.iot.model.SqlParseException;
import software.amazon.awssdk.services.iot.model.TopicRulePayload;
import software.amazon.awssdk.services.iot.model.UnauthorizedException;

/** An unmodified client of the IoT control plane: topic rules. */
class IotClientTest {
  private static RunningApi api;
  private static IotClient iot;

  @BeforeAll
  static void start() {
    api = new RunningApi();
    iot = api.client(IotClient.builder());
  }

  @AfterAll
  static void stop() {
    iot.close();
    api.close();
  }

  private static TopicRulePayload toQueue(String sql) {
    return TopicRulePayload.builder()
        .sql(sql)
        .awsIotSqlVersion("2016-03-23")
        .description("for the tests")
        .actions(
            List.of(
                Action.builder()
                    .sqs(
                        s ->
                            s.roleArn("arn:aws:iam::000000000000:role/any")
                                .queueUrl("http://localhost/000000000000/q")
                                .useBase64(true))
                    .build()))
        .build();
  }

  @Test
  void aRuleIsCreatedReadReplacedAndDeleted() {
    Instant before = Instant.now().minusSeconds(1);
    iot.createTopicRule(
        r -> r.ruleName("life").topicRulePayload(toQueue("SELECT * FROM 'a/+' WHERE t > 1")));
    var got = iot.getTopicRule(r -> r.ruleName("life"));
    assertThat(got.ruleArn()).isEqualTo("arn:aws:iot:local:000000000000:rule/life");
    assertThat(got.rule().sql()).isEqualTo("SELECT * FROM 'a/+' WHERE t > 1");
    assertThat(got.rule().awsIotSqlVersion()).isEqualTo("2016-03-23");
    assertThat(got.rule().createdAt()).isBetween(before, Instant.now().plusSeconds(1));
    assertThat(got.rule().actions().get(0).sqs().queueUrl())
        .isEqualTo("http://localhost/000000000000/q");
    iot.disableTopicRule(r -> r.ruleName("life"));
    assertThat(iot.getTopicRule(r -> r.ruleName("life")).rule().ruleDisabled()).isTrue();
    iot.enableTopicRule(r -> r.ruleName("life"));
    assertThat(iot.getTopicRule(r -> r.ruleName("life")).rule().ruleDisabled()).isFalse();
    iot.replaceTopicRule(r -> r.ruleName("life").topicRulePayload(toQueue("SELECT x FROM 'b/#'")));
    assertThat(iot.getTopicRule(r -> r.ruleName("life")).rule().sql())
        .isEqualTo("SELECT x FROM 'b/#'");
    iot.deleteTopicRule(r -> r.ruleName("life"));
    assertThatThrownBy(() -> iot.getTopicRule(r -> r.ruleName("life")))
        .isInstanceOf(UnauthorizedException.class);
  }

  @Test
  void rulesAreListedByTopicAndInPages() {
    for (String name : new String[] {"list1", "list2", "list3"}) {
      iot.createTopicRule(
          r -> r.ruleName(name).topicRulePayload(toQueue("SELECT * FROM 'listed/+'")));
    }
    assertThat(iot.listTopicRules(r -> r.topic("listed/+")).rules())
        .extracting(rule -> rule.ruleName() + " " + rule.topicPattern())
        .containsExactly("list1 listed/+", "list2 listed/+", "list3 listed/+");
    var first = iot.listTopicRules(r -> r.topic("listed/+").maxResults(2));
    assertThat(first.rules()).hasSize(2);
    assertThat(iot.listTopicRules(r -> r.topic("listed/+").nextToken(first.nextToken())).rules())
        .extracting(rule -> rule.ruleName())
        .containsExactly("list3");
    assertThat(iot.listTopicRules(r -> r.ruleDisabled(true)).rules()).isEmpty();
  }

  @Test
  void aWrongRuleIsRefusedAndNotKept() {
    assertThatThrownBy(
            () ->
                iot.createTopicRule(
                    r -> r.ruleName("broken").topicRulePayload(toQueue("SELEKT * FROM 'a'"))))
        .isInstanceOf(SqlParseException.class);
    assertThatThrownBy(() -> iot.getTopicRule(r -> r.ruleName("broken")))
        .isInstanceOf(UnauthorizedException.class);
    iot.createTopicRule(r -> r.ruleName("twice").topicRulePayload(toQueue("SELECT * FROM 'a'")));
    assertThatThrownBy(
            () ->
                iot.createTopicRule(
                    r -> r.ruleName("twice").topicRulePayload(toQueue("SELECT * FROM 'a'"))))
        .isInstanceOf(ResourceAlreadyExistsException.class);
  }

  @Test
  void whatIsNotThereSaysSoByName() {
    assertThatThrownBy(() -> iot.listFleetMetrics(r -> {}))
        .isInstanceOfSatisfying(
            IotException.class,
            e -> {
              assertThat(e.statusCode()).isEqualTo(400);
              assertThat(e.awsErrorDetails().errorCode())
                  .isEqualTo("UnsupportedOperationException");
              assertThat(e.awsErrorDetails().errorMessage())
                  .contains("ListFleetMetrics is not supported");
            });
    assertThatThrownBy(() -> iot.createJob(r -> r.jobId("j").targets("arn:aws:iot:x")))
        .isInstanceOfSatisfying(
            IotException.class,
            e ->
                assertThat(e.awsErrorDetails().errorMessage())
                    .contains("CreateJob is not supported"));
  }
}
