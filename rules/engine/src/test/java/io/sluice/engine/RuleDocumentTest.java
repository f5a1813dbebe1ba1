package io.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.sql.SqlVersion;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The TopicRulePayload of the AWS IoT API, in and out. */
class RuleDocumentTest {

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          []                                                                   | the body must be an object, found array
          {}                                                                   | sql must be a text that is not empty, found nothing
          {'sql': 1, 'actions': []}                                            | sql must be a text, found number
          {'sql': ' ', 'actions': []}                                          | found an empty text
          {'sql': 's'}                                                         | actions must be a list, found nothing
          {'sql': 's', 'actions': {}}                                          | actions must be a list, found object
          {'sql': 's', 'actions': [1]}                                         | actions[0] must be an object, found number
          {'sql': 's', 'actions': [{}]}                                        | actions[0] must have one key
          {'sql': 's', 'actions': [{'sqs': {}, 'sns': {}}]}                    | actions[0] must have one key
          {'sql': 's', 'actions': [{'salesforce': {'token': 'x'}}]}            | action 'salesforce' in actions[0] is not offered
          {'sql': 's', 'actions': [{'sqs': 1}]}                                | actions[0].sqs must be an object
          {'sql': 's', 'actions': [{'sqs': {}}]}                               | actions[0].sqs.queueUrl must be a text
          {'sql': 's', 'actions': [{'sqs': {'queueUrl': 'q', 'useBase64': 'true'}}]}             | useBase64 must be true or false, found string
          {'sql': 's', 'actions': [{'kinesis': {'streamName': 's', 'partitionKey': 3}}]}         | partitionKey must be a text
          {'sql': 's', 'actions': [{'firehose': {'deliveryStreamName': 's', 'separator': ';'}}]} | separator must be a newline
          {'sql': 's', 'actions': [{'firehose': {'deliveryStreamName': 's', 'batchMode': 1}}]}   | batchMode must be true or false
          {'sql': 's', 'actions': [{'republish': {'topic': 't', 'qos': 2}}]}                     | qos must be a whole number from 0 to 1
          {'sql': 's', 'actions': [{'republish': {'topic': 't', 'qos': '1'}}]}                   | qos must be a whole number
          {'sql': 's', 'actions': [{'republish': {'topic': 't', 'headers': []}}]}                | headers must be an object
          {'sql': 's', 'actions': [{'republish': {'topic': 't', 'headers': {'contentType': 1}}}]} | headers.contentType must be a text
          {'sql': 's', 'actions': [{'republish': {'topic': 't', 'headers': {'userProperties': {}}}}]} | userProperties must be a list
          {'sql': 's', 'actions': [{'republish': {'topic': 't', 'headers': {'userProperties': [{'key': 'k'}]}}}]} | userProperties[0].value must be a text
          {'sql': 's', 'actions': [], 'errorAction': []}                       | errorAction must be an object
          {'sql': 's', 'actions': [], 'errorAction': {'sqs': {}}}              | errorAction.sqs.queueUrl
          {'sql': 's', 'actions': [], 'ruleDisabled': 'no'}                    | ruleDisabled must be true or false
          {'sql': 's', 'actions': [], 'description': 7}                        | description must be a text
          {'sql': 's', 'actions': [], 'awsIotSqlVersion': 2016}                | awsIotSqlVersion must be a text
          {'sql': 's', 'actions': [], 'awsIotSqlVersion': '2020-01-01'}        | use one of 2015-10-08
          """)
  void whatHasTheWrongFormIsNamed(String document, String message) {
    assertThatThrownBy(() -> parse("r", document))
        .hasMessageContaining(message)
        .extracting(e -> ((RuleRejected) e).code())
        .isEqualTo(RuleRejected.Code.INVALID_REQUEST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a-b", "é", "a/b"})
  void namesAreLettersDigitsAndUnderscores(String name) {
    assertThatThrownBy(() -> parse(name, "{'sql': 's', 'actions': []}"))
        .hasMessageContaining("1 to 128 letters");
  }

  @Test
  void atMostTenActions() {
    String ten = "{'sqs': {'queueUrl': 'q'}},".repeat(10).replaceAll(",$", "");
    assertThat(parse("r", "{'sql': 's', 'actions': [" + ten + "]}").actions()).hasSize(10);
    assertThatThrownBy(
            () -> parse("r", "{'sql': 's', 'actions': [" + ten + ", {'sqs': {'queueUrl': 'q'}}]}"))
        .hasMessageContaining("has 11 entries; at most 10");
  }

  @Test
  void absentFieldsHaveTheirDefaultsAndUnknownOnesArePassedOver() {
    Rule rule =
        parse(
            "r",
            "{'sql': 's', 'actions': [{'kinesis': {'streamName': 'x', 'roleArn': 'arn', 'newField': {}}}],"
                + " 'errorAction': null, 'tags': 1}");
    assertThat(rule.version()).isEqualTo(SqlVersion.V2015_10_08);
    assertThat(rule.disabled()).isFalse();
    assertThat(rule.errorAction()).isNull();
    assertThat(rule.actions()).containsExactly(new RuleAction.ToStream("x", "${newuuid()}"));
  }

  @Test
  void whatIsWrittenReadsBackTheSame() {
    Rule rule =
        parse(
            "r",
            """
            {'sql': 'SELECT 1', 'awsIotSqlVersion': 'beta', 'description': 'd', 'ruleDisabled': true,
             'actions': [{'sqs': {'queueUrl': 'q', 'useBase64': true}},
               {'kinesis': {'streamName': 's', 'partitionKey': 'k'}},
               {'firehose': {'deliveryStreamName': 'd', 'separator': '\\r\\n', 'batchMode': true}},
               {'republish': {'topic': 't', 'qos': 1, 'headers': {'contentType': 'c', 'messageExpiry': '1',
                 'userProperties': [{'key': 'k', 'value': 'b'}, {'key': 'k', 'value': 'a'}]}}}],
             'errorAction': {'firehose': {'deliveryStreamName': 'd'}}}
            """);
    assertThat(RuleDocument.decode(RuleDocument.encode(rule))).isEqualTo(rule);
    ObjectNode written = RuleDocument.write(rule);
    assertThat(RuleDocument.parse("r", written, 5)).isEqualTo(rule);
  }

  /** Bytes on disk are an interface: docs/formats/rules.md draws them. */
  @Test
  void aRowHasItsDocumentedBytes() {
    Rule rule = parse("r", "{'sql': 'SELECT 1', 'actions': [{'sqs': {'queueUrl': 'q'}}]}");
    assertThat(new String(RuleDocument.encode(rule), StandardCharsets.UTF_8))
        .isEqualTo(
            ("{'ruleName':'r','sql':'SELECT 1','awsIotSqlVersion':'2015-10-08','description':'',"
                    + "'ruleDisabled':false,'createdAt':0.005,"
                    + "'actions':[{'sqs':{'queueUrl':'q','useBase64':false}}],'createdAtMillis':5}")
                .replace('\'', '"'));
  }

  private static Rule parse(String name, String document) {
    return RuleDocument.parse(name, RulesHouse.json(document.replace('\'', '"')), 5);
  }
}
