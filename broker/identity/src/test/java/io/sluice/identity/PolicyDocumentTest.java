package io.sluice.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is a policy and what is not; every refusal names its place. Section 3.5 of the reference.
 */
class PolicyDocumentTest {
  private static final String STATEMENT =
      "{\"Effect\":\"Allow\",\"Action\":\"iot:Publish\",\"Resource\":\"*\"%s}";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'Version':'2012-10-17','Statement':{'Effect':'Allow','Action':'iot:*','Resource':'*'}}",
        "{'Statement':[{'Effect':'Deny','Action':['iot:Publish','iot:Receive'],'Resource':['arn:aws:iot:*:*:topic/a']}]}",
        "{'Version':'2008-10-17','Id':'x','Statement':[{'Sid':'s','Effect':'Allow','Action':'*','Resource':'arn:aws:iot:r:1:topic/${unclosed'}]}",
        "{'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':'iot:Connect','Resource':'*','Condition':{'Bool':{'iot:Connection.Thing.IsAttached':['true']},'ForAnyValue:StringLikeIfExists':{'iot:DomainName':'*.x'},'IpAddress':{'aws:SourceIp':['10.0.0.0/8','::1']},'NumericLessThan':{'aws:EpochTime':5}}}]}"
      })
  void acceptsTheWholeGrammar(String json) {
    assertThatCode(() -> PolicyDocument.parse(json.replace('\'', '"'))).doesNotThrowAnyException();
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          [] | policy is an empty list where an object
          {"Version":"2012-10-17"} | 'Statement' is missing
          {"Version":"2012-10-17","Statement":[]} | 'Statement' is an empty list
          {"Version":"2024-01-01","Statement":[{}]} | 'Version' is '2024-01-01'
          {"Statement":[5]} | statement 1 is a number
          {"Statement":[{}],"Extra":1} | key 'Extra'
          {"Statement":[{"Action":"iot:*","Resource":"*"}]} | statement 1: key 'Effect' is missing
          {"Statement":[{"Effect":"allow","Action":"iot:*","Resource":"*"}]} | statement 1: key 'Effect' is 'allow'
          {"Statement":[{"Effect":"Allow","Resource":"*"}]} | statement 1: key 'Action' is missing
          {"Statement":[{"Effect":"Allow","Action":[],"Resource":"*"}]} | statement 1: key 'Action' is an empty list
          {"Statement":[{"Effect":"Allow","Action":"Publish","Resource":"*"}]} | statement 1: key 'Action' has 'Publish'
          {"Statement":[{"Effect":"Allow","Action":7,"Resource":"*"}]} | statement 1: key 'Action' is a number
          {"Statement":[{"Effect":"Allow","Action":"iot:*"}]} | statement 1: key 'Resource' is missing
          {"Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"topic/a"}]} | statement 1: key 'Resource' has 'topic/a', which is no ARN
          {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"arn:x/${iot:ClientId"}]} | statement 1: key 'Resource'
          {"Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*","Principal":"*"}]} | statement 1: key 'Principal'
          {"Statement":[{"Effect":"Allow","NotAction":"iot:*","Resource":"*"}]} | statement 1: key 'NotAction'
          {"Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"},{"Effect":"Allow","Action":"iot:*","Resource":"*","Sid":4}]} | statement 2: key 'Sid'
          {"Statement":[{"Effect":"Allow","Effect":"Deny","Action":"iot:*","Resource":"*"}]} | Duplicate field 'Effect'
          {"Statement":[{"Effect":"Allow"] | line 1, column
          {"Statement":[]} trailing | line 1
          nonsense | policy is no JSON
          """)
  void refusesWithThePlace(String json, String place) {
    assertThatExceptionOfType(MalformedPolicyException.class)
        .isThrownBy(() -> PolicyDocument.parse(json))
        .withMessageContaining(place)
        .satisfies(e -> assertThat(e.error().awsName()).isEqualTo("MalformedPolicyException"))
        .satisfies(e -> assertThat(e.error().httpStatus()).isEqualTo(400));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          5 | Condition' is a number
          {"StringEquals":5} | Condition.StringEquals' is a number
          {"StringMatches":{"iot:ClientId":"x"}} | unknown operator 'StringMatches'
          {"NullIfExists":{"iot:ClientId":"true"}} | unknown operator 'NullIfExists'
          {"StringEquals":{"ClientId":"x"}} | no condition key
          {"StringEquals":{"iot:ClientId":[]}} | empty list
          {"StringEquals":{"iot:ClientId":{}}} | an object
          {"Bool":{"aws:SecureTransport":"yes"}} | 'yes', which Bool cannot
          {"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}} | 10.0.0.0/33
          {"IpAddress":{"aws:SourceIp":"localhost"}} | localhost
          {"NumericEquals":{"aws:EpochTime":"soon"}} | soon
          {"DateLessThan":{"aws:CurrentTime":"tomorrow"}} | tomorrow
          """)
  void refusesConditionsWithThePlace(String condition, String place) {
    String statement = STATEMENT.formatted(",\"Condition\":" + condition);
    assertThatExceptionOfType(MalformedPolicyException.class)
        .isThrownBy(() -> PolicyDocument.parse("{\"Statement\":" + statement + "}"))
        .withMessageStartingWith("statement 1: key 'Condition")
        .withMessageContaining(place);
  }

  @Test
  void wildcardsInActionsStandForTheActionsOfThatNameWhateverItsCase() {
    assertThat(Action.matching("iot:*")).containsExactly(Action.values());
    assertThat(Action.matching("IOT:get*"))
        .containsExactlyInAnyOrder(
            Action.GET_RETAINED_MESSAGE,
            Action.GET_THING_SHADOW,
            Action.GET_PENDING_JOB_EXECUTIONS,
            Action.GET_CONNECTION);
    assertThat(Action.matching("iot:Publish")).containsExactly(Action.PUBLISH);
    assertThat(Action.matching("s3:GetObject")).isEmpty();
  }
}
