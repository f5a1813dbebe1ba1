package io.sluice.identity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyLintTest {
  private static java.util.List<PolicyLint.Code> codes(String document) {
    return PolicyLint.of(document, Arns.DEFAULT).stream().map(PolicyLint.Warning::code).toList();
  }

  @ParameterizedTest(name = "{0} {1} on {2}: {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Allow | iot:*         | *                       | ALLOWS_EVERYTHING
          Allow | *             | *                       | ALLOWS_EVERYTHING
          Deny  | *             | *                       |
          Allow | iot:Connect   | client/*                | ALLOWS_ANY_CLIENT
          Allow | iot:Connect   | client/${iot:ClientId}  |
          Allow | iot:Subscribe | topic/a/*               | TOPIC_INSTEAD_OF_TOPIC_FILTER
          Allow | iot:Subscribe | topicfilter/a/#         |
          Allow | iot:Publish   | topicfilter/a/*         | TOPIC_FILTER_INSTEAD_OF_TOPIC
          Allow | iot:Receive   | topicfilter/a/*         | TOPIC_FILTER_INSTEAD_OF_TOPIC
          Allow | iot:Publish   | topic/a/#               | MQTT_WILDCARD_IN_TOPIC
          Allow | iot:Publish   | topic/+/a               | MQTT_WILDCARD_IN_TOPIC
          Allow | iot:Publish   | client/a                | NEVER_MATCHES
          Allow | iot:Publsh    | topic/a                 | UNKNOWN_ACTION
          Allow | iot:Publish   | topic/${iot:ClientId}/a |
          Allow | iot:Publish   | topic/${iot:ClientIdd}  | UNKNOWN_VARIABLE
          Deny  | iot:Publish   | topic/${iot:thing}      | UNKNOWN_VARIABLE
          Deny  | iot:Publish   | topic/${iot:Connection.Thing.Attributes[zone]}                     |
          Allow | iot:Publish   | topic/${iot:Connection.Thing.Attribute[zone]}                      | UNKNOWN_VARIABLE
          Allow | iot:Publish   | topic/${iot:Certificate.Subject.CommonName}                        |
          Allow | iot:Publish   | topic/${iot:Certificate.Issuer.AlternativeName.DNSName.2}          |
          Allow | iot:Publish   | topic/${iot:Certificate.Subject.commonName}                        | UNKNOWN_VARIABLE
          Allow | iot:Publish   | topic/${jwt:sub}/${user:name}/${authorizer:site}                   |
          """)
  void whatAnAuthorWillNotHaveMeantIsNamed(
      String effect, String action, String resource, String expected) {
    assertThat(codes(World.policy(World.statement(effect, action, resource))))
        .isEqualTo(
            expected == null
                ? java.util.List.of()
                : java.util.List.of(PolicyLint.Code.valueOf(expected)));
  }

  @Test
  void aConditionOnAKeyThatNobodyHasIsNamed() {
    String document =
        """
        {"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iot:Publish",
         "Resource":"arn:aws:iot:local:000000000000:topic/a",
         "Condition":{"IpAddress":{"aws:SourceIpp":"10.0.0.0/8"},"Bool":{"aws:SecureTransport":"true"}}}]}""";
    assertThat(codes(document)).containsExactly(PolicyLint.Code.UNKNOWN_VARIABLE);
    assertThat(PolicyLint.of(document, Arns.DEFAULT).get(0).toString())
        .contains("'aws:SourceIpp'", "this Deny may never deny");
  }

  @Test
  void aVariableNeedsTheVersionThatHasVariables() {
    String document =
        World.allow("iot:Publish", "topic/${iot:ClientId}")
            .replace("\"Version\":\"2012-10-17\",", "");
    assertThat(codes(document)).containsExactly(PolicyLint.Code.VARIABLE_WITHOUT_VERSION);
  }

  @Test
  void aWarningNamesTheStatementAndWhatToWrite() {
    assertThat(
            PolicyLint.of(
                    World.policy(
                        World.statement("Allow", "iot:Connect", "client/a"),
                        World.statement("Allow", "iot:Subscribe", "topic/a")),
                    Arns.DEFAULT)
                .get(0)
                .toString())
        .startsWith("statement 2: ")
        .contains("write topicfilter/");
  }

  @Test
  void aPolicyForPublishingAndSubscribingTogetherIsWell() {
    assertThat(
            codes(
                World.policy(
                    "{\"Effect\":\"Allow\",\"Action\":[\"iot:Publish\",\"iot:Subscribe\"],\"Resource\":[\"arn:aws:iot:local:000000000000:topic/a\",\"arn:aws:iot:local:000000000000:topicfilter/a\"]}")))
        .isEmpty();
  }

  @Test
  void aResourceOfAnotherAccountNeverMatches() {
    assertThat(
            codes(
                World.policy(
                    "{\"Effect\":\"Allow\",\"Action\":\"iot:Publish\",\"Resource\":\"arn:aws:iot:eu-central-1:123456789012:topic/a\"}")))
        .containsExactly(PolicyLint.Code.NEVER_MATCHES);
  }
}
