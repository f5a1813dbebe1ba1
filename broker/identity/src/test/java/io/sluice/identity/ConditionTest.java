package io.sluice.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.X509Certificate;
import java.util.Map;
import org.bouncycastle.asn1.x500.X500Name;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** IAM User Guide, "Condition operators", on the keys of AWS IoT. */
class ConditionTest {
  private final World world = new World();
  private final X509Certificate certificate =
      World.certificate(new X500Name("CN=pump-1,OU=north,OU=south"));

  private ConnectionPermissions with(String condition) {
    String id =
        world.register(
            certificate,
            World.policy(
                "{\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"*\",\"Condition\":%s}"
                    .formatted(condition)));
    world.thing("pump-1", Map.of("size", "7"), id, Attachment.NON_EXCLUSIVE_THING);
    return world.authorizer.permissions(
        id,
        certificate,
        ConnectionContext.mqtt("pump-1", "10.1.2.3").withConnect(true, "will/pump-1"));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"StringEquals":{"iot:ClientId":"pump-1"}}                                   | yes
          {"StringEquals":{"iot:ClientId":["a","pump-1"]}}                             | yes
          {"StringEquals":{"iot:ClientId":"pump-*"}}                                   | no
          {"StringEquals":{"iot:ClientId":"PUMP-1"}}                                   | no
          {"StringEqualsIgnoreCase":{"iot:ClientId":"PUMP-1"}}                         | yes
          {"StringNotEquals":{"iot:ClientId":["a","pump-1"]}}                          | no
          {"StringNotEquals":{"iot:ClientId":["a","b"]}}                               | yes
          {"StringLike":{"iot:ClientId":"pump-*"}}                                     | yes
          {"StringLike":{"iot:ClientId":"${iot:Certificate.Subject.CommonName}"}}      | yes
          {"StringLike":{"iot:ClientId":"${iot:Certificate.Subject.Title}"}}           | no
          {"StringNotLike":{"iot:ClientId":"${iot:Certificate.Subject.Title}"}}        | no
          {"StringNotLike":{"iot:ClientId":"valve-*"}}                                 | yes
          {"Bool":{"iot:Connection.Thing.IsAttached":"true"}}                          | yes
          {"Bool":{"iot:Connection.Thing.IsAttached":false}}                           | no
          {"Bool":{"aws:SecureTransport":"TRUE"}}                                      | yes
          {"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}                                  | yes
          {"IpAddress":{"aws:SourceIp":["192.0.2.0/24","10.1.2.3"]}}                   | yes
          {"IpAddress":{"aws:SourceIp":"10.1.2.0/31"}}                                 | no
          {"IpAddress":{"aws:SourceIp":"::/0"}}                                        | no
          {"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}                               | no
          {"NumericEquals":{"iot:Connection.Thing.Attributes[size]":7.0}}              | yes
          {"NumericNotEquals":{"iot:Connection.Thing.Attributes[size]":7}}             | no
          {"NumericLessThan":{"iot:Connection.Thing.Attributes[size]":7}}              | no
          {"NumericLessThanEquals":{"iot:Connection.Thing.Attributes[size]":7}}        | yes
          {"NumericGreaterThan":{"iot:Connection.Thing.Attributes[size]":"6.5"}}       | yes
          {"NumericGreaterThanEquals":{"iot:Connection.Thing.Attributes[size]":"8"}}   | no
          {"NumericEquals":{"iot:ClientId":7}}                                         | no
          {"ArnEquals":{"iot:LastWillTopic":"arn:aws:iot:local:000000000000:topic/will/*"}} | yes
          {"ArnLike":{"iot:LastWillTopic":"arn:aws:iot:*:*:topic/will/pump-?"}}        | yes
          {"ArnLike":{"iot:LastWillTopic":"arn:*:topic/will/pump-1"}}                  | no
          {"ArnLike":{"iot:LastWillTopic":"*"}}                                        | yes
          {"ArnNotLike":{"iot:LastWillTopic":"arn:aws:iot:*:*:topic/will/*"}}          | no
          {"Null":{"iot:DomainName":"true"}}                                           | yes
          {"Null":{"iot:ClientId":"true"}}                                             | no
          {"Null":{"iot:ClientId":"false"}}                                            | yes
          {"StringEquals":{"iot:DomainName":"x"}}                                      | no
          {"StringEqualsIfExists":{"iot:DomainName":"x"}}                              | yes
          {"StringEqualsIfExists":{"iot:ClientId":"x"}}                                | no
          {"StringNotEquals":{"iot:DomainName":"x"}}                                   | yes
          {"ForAllValues:StringEquals":{"iot:Certificate.Subject.OrganizationalUnit.List":["north","south","east"]}} | yes
          {"ForAllValues:StringEquals":{"iot:Certificate.Subject.OrganizationalUnit.List":["north"]}}  | no
          {"ForAnyValue:StringEquals":{"iot:Certificate.Subject.OrganizationalUnit.List":["south"]}}   | yes
          {"ForAnyValue:StringEquals":{"iot:Certificate.Subject.OrganizationalUnit.List":["west"]}}    | no
          {"ForAllValues:StringEquals":{"iot:DomainName":"x"}}                         | yes
          {"ForAnyValue:StringEquals":{"iot:DomainName":"x"}}                          | no
          {"ForAnyValue:StringEquals":{"iot:ConnectAttributes":["LastWill"]}}          | yes
          {"ForAllValues:StringEquals":{"iot:ConnectAttributes":["LastWill"]}}         | no
          {"StringEquals":{"iot:ClientId":"pump-1"},"Bool":{"aws:SecureTransport":"false"}} | no
          {"StringEquals":{"iot:ClientId":"pump-1","aws:SourceIp":"10.1.2.3"}}         | yes
          """)
  void conditionsAreMet(String condition, String expected) {
    assertThat(with(condition).allows(Action.PUBLISH, "a")).isEqualTo(expected.equals("yes"));
  }

  @Test
  void conditionsOnTheTimeAreAskedAtEachDecision() {
    long until = (world.simulation.now() + 60_000) / 1000;
    ConnectionPermissions permissions =
        with(
            "{\"NumericLessThan\":{\"aws:EpochTime\":%d},\"DateGreaterThan\":{\"aws:CurrentTime\":\"2020-01-01T00:00:00Z\"}}"
                .formatted(until));
    assertThat(permissions.allows(Action.PUBLISH, "a")).isTrue();
    world.simulation.advance(61_000);
    assertThat(permissions.allows(Action.PUBLISH, "a")).isFalse();
  }

  @Test
  void anUnmetConditionIsExplainedWithWhatTheConnectionHas() {
    Explanation explanation =
        with("{\"StringEquals\":{\"iot:ClientId\":\"pump-2\"}}").explain(Action.PUBLISH, "a");
    assertThat(explanation.hints().get(0))
        .contains("StringEquals on iot:ClientId [pump-2] is not met")
        .contains("[pump-1]");
  }
}
