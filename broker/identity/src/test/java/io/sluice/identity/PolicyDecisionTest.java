package io.sluice.identity;

import static io.sluice.identity.World.allow;
import static io.sluice.identity.World.policy;
import static io.sluice.identity.World.statement;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x500.X500Name;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows 25 to 33 of the reference's section 7, and its section 3.5. */
class PolicyDecisionTest {
  private final World world = new World();
  private final X509Certificate certificate =
      World.certificate(new X500Name("CN=pump-1,OU=north,OU=south,O=Acme"));

  private ConnectionPermissions with(String... documents) {
    world.register(certificate, documents);
    return world.connected(certificate, "pump-1");
  }

  @ParameterizedTest(name = "{0} on {1} {2}, asked {3}: {4}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # row 25: the wildcards of MQTT are ordinary characters
          SUBSCRIBE | topicfilter/a/#   | a/b       | no
          SUBSCRIBE | topicfilter/a/#   | a/#       | yes
          SUBSCRIBE | topicfilter/a/*   | a/#       | yes
          SUBSCRIBE | topicfilter/a/*   | a/+       | yes
          SUBSCRIBE | topicfilter/a/*   | a/b       | yes
          SUBSCRIBE | topicfilter/a/*   | a         | no
          SUBSCRIBE | topic/a           | a         | no
          PUBLISH   | topicfilter/a     | a         | no
          PUBLISH   | topic/a/+         | a/b       | no
          PUBLISH   | topic/a/#         | a/b       | no
          RECEIVE   | topic/a/#         | a/b       | no
          # 3.5: '*' runs over levels, '?' is one character, escapes are themselves
          PUBLISH   | topic/a/*         | a/b/c     | yes
          PUBLISH   | topic/*/c         | a/b/c     | yes
          PUBLISH   | topic/a?          | ab        | yes
          PUBLISH   | topic/a?          | a         | no
          PUBLISH   | topic/a?          | a/b       | no
          PUBLISH   | topic/${*}        | *         | yes
          PUBLISH   | topic/${*}        | a         | no
          PUBLISH   | topic/${?}        | ?         | yes
          PUBLISH   | topic/${?}        | a         | no
          PUBLISH   | topic/${$}aws/x   | $aws/x    | yes
          PUBLISH   | topic/$aws/x      | $aws/x    | yes
          PUBLISH   | *                 | a/b       | yes
          PUBLISH   | *topic/a          | a         | yes
          CONNECT   | client/pump-*     | pump-1    | yes
          CONNECT   | client/Pump-*     | pump-1    | no
          GET_THING_SHADOW | thing/T    | T         | yes
          GET_THING_SHADOW | thing/T    | T/named   | no
          GET_THING_SHADOW | thing/T/*  | T/named   | yes
          LIST_RETAINED_MESSAGES | *    | *         | yes
          LIST_RETAINED_MESSAGES | topic/* | *      | no
          """)
  void resourcesMatch(Action action, String resource, String name, String expected) {
    ConnectionPermissions permissions = with(allow(action.policyName(), resource));
    assertThat(permissions.allows(action, name)).isEqualTo(expected.equals("yes"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "arn:aws:iot:*:*:topic/a",
        "arn:aws:iot:local:*:topic/a",
        "arn:aws:iot:*",
        "arn:*:topic/a",
        "*"
      })
  void wildcardsMayStandForRegionAndAccount(String resource) {
    ConnectionPermissions permissions =
        with(
            policy(
                "{\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"%s\"}"
                    .formatted(resource)));
    assertThat(permissions.allows(Action.PUBLISH, "a")).isTrue();
  }

  @Test
  void anotherRegionOrAccountIsAnotherResource() {
    ConnectionPermissions permissions =
        with(
            policy(
                """
                {"Effect":"Allow","Action":"iot:*","Resource":["arn:aws:iot:eu-central-1:*:*","arn:aws:iot:local:123456789012:*"]}"""));
    assertThat(permissions.allows(Action.PUBLISH, "a")).isFalse();
  }

  @Test
  void withoutAPolicyNothingIsAllowed() {
    ConnectionPermissions permissions = with();
    for (Action action : Action.values()) {
      assertThat(permissions.decide(action, "a").outcome())
          .isEqualTo(Decision.Outcome.IMPLICIT_DENY);
    }
  }

  @Test // row 26
  void subscribeDoesNotImplyReceive() {
    ConnectionPermissions permissions = with(allow("iot:Subscribe", "topicfilter/a"));
    assertThat(permissions.allows(Action.SUBSCRIBE, "a")).isTrue();
    assertThat(permissions.allows(Action.RECEIVE, "a")).isFalse();
  }

  @Test // row 27
  void publishingToAShadowTopicDoesNotImplyTheShadowOverHttp() {
    ConnectionPermissions permissions =
        with(allow("iot:Publish", "topic/$aws/things/T/shadow/update"));
    assertThat(permissions.allows(Action.PUBLISH, "$aws/things/T/shadow/update")).isTrue();
    assertThat(permissions.allows(Action.UPDATE_THING_SHADOW, "T")).isFalse();
  }

  @Test // row 28
  void denyOverridesWhateverAllows() {
    ConnectionPermissions permissions =
        with(allow("iot:*", "*"), policy(statement("Deny", "iot:Publish", "topic/x")));
    assertThat(permissions.decide(Action.PUBLISH, "x").outcome())
        .isEqualTo(Decision.Outcome.EXPLICIT_DENY);
    assertThat(permissions.allows(Action.PUBLISH, "y")).isTrue();
    assertThat(permissions.allows(Action.RECEIVE, "x")).isTrue();
  }

  @ParameterizedTest(name = "row 29: client identifier {0} may connect: {1}")
  @CsvSource({"pump-1, true", "pump-2, true", "pump-3, false", "other, false"})
  void theThingIsTheAttachedOneOfThatName(String clientId, boolean expected) {
    String id =
        world.register(
            certificate, allow("iot:Connect", "client/${iot:Connection.Thing.ThingName}"));
    world.thing("pump-1", Map.of(), id, Attachment.NON_EXCLUSIVE_THING);
    world.thing("pump-2", Map.of(), id, Attachment.NON_EXCLUSIVE_THING);
    world.get(world.registry.things().create("pump-3", Map.of())); // there, but not attached
    assertThat(world.connected(certificate, clientId).allows(Action.CONNECT, clientId))
        .isEqualTo(expected);
  }

  @Test // row 30
  void anExclusiveThingIsTheThingWhateverTheClientIdentifier() {
    String id =
        world.register(
            certificate, allow("iot:Publish", "topic/${iot:Connection.Thing.ThingName}/up"));
    world.thing("pump-1", Map.of(), id, Attachment.EXCLUSIVE_THING);
    ConnectionPermissions permissions = world.connected(certificate, "anything");
    assertThat(permissions.thingName()).isEqualTo("pump-1");
    assertThat(permissions.allows(Action.PUBLISH, "pump-1/up")).isTrue();
    assertThat(permissions.allows(Action.PUBLISH, "anything/up")).isFalse();
  }

  @ParameterizedTest // row 31
  @ValueSource(strings = {"a*b", "a+b", "a?b", "a#b", "a$b"})
  void aCommonNameThatCouldWidenThePolicyIsNotSubstituted(String commonName) {
    X509Certificate odd = World.certificate(commonName);
    world.register(
        odd,
        allow(
            "iot:*",
            "topic/${iot:Certificate.Subject.CommonName}",
            "topicfilter/${iot:Certificate.Subject.CommonName}"));
    ConnectionPermissions permissions = world.connected(odd, "c");
    for (String topic :
        new String[] {commonName, "aXb", "${iot:Certificate.Subject.CommonName}", ""}) {
      assertThat(permissions.allows(Action.PUBLISH, topic)).as(topic).isFalse();
      assertThat(permissions.allows(Action.SUBSCRIBE, topic)).as(topic).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"#", "+", "a/#", "*"})
  void aClientIdentifierWithWildcardsIsNotSubstituted(String clientId) {
    world.register(certificate, allow("iot:Subscribe", "topicfilter/${iot:ClientId}"));
    assertThat(world.connected(certificate, clientId).allows(Action.SUBSCRIBE, clientId)).isFalse();
  }

  @Test
  void aClientIdentifierIsOneLevelOfATopicOrNothing() {
    world.register(
        certificate,
        policy(
            statement("Allow", "iot:Connect", "client/${iot:ClientId}"),
            statement("Allow", "iot:*", "topic/${iot:ClientId}/*", "topicfilter/${iot:ClientId}/*"),
            statement("Allow", "iot:*", "topic/shared/*"),
            statement("Deny", "iot:Publish", "topic/shared/${iot:ClientId}")));
    ConnectionPermissions sly = world.connected(certificate, "victim/in");
    assertThat(sly.allows(Action.CONNECT, "victim/in")).isTrue(); // no pattern of anything there
    assertThat(sly.allows(Action.PUBLISH, "victim/in/x")).isFalse();
    assertThat(sly.allows(Action.RECEIVE, "victim/in/x")).isFalse();
    assertThat(sly.allows(Action.SUBSCRIBE, "victim/in/x")).isFalse();
    assertThat(sly.allows(Action.PUBLISH, "shared/x")).isTrue();
    assertThat(sly.allows(Action.PUBLISH, "shared/victim/in")).isFalse(); // a Deny stays
    assertThat(sly.explain(Action.PUBLISH, "victim/in/x").hints())
        .anyMatch(hint -> hint.contains("or '/', where a client chose it"));
    assertThat(world.connected(certificate, "pump").allows(Action.PUBLISH, "pump/x")).isTrue();
  }

  @Test // row 32
  void aVariableWithoutValueMatchesNothingAndNeverTheEmptyString() {
    ConnectionPermissions permissions =
        with(
            policy(
                statement(
                    "Allow", "iot:Publish", "topic/a/${iot:Certificate.Subject.Title}", "topic/b"),
                statement("Deny", "iot:Publish", "topic/b${iot:Certificate.Subject.Title}")));
    assertThat(permissions.allows(Action.PUBLISH, "a/")).isFalse();
    assertThat(permissions.allows(Action.PUBLISH, "a/${iot:Certificate.Subject.Title}")).isFalse();
    assertThat(permissions.allows(Action.PUBLISH, "b")).isTrue(); // the Deny does not match either
  }

  @Test // row 33
  void retainNeedsItsOwnAction() {
    ConnectionPermissions permissions = with(allow("iot:Publish", "topic/a"));
    assertThat(permissions.allows(Action.PUBLISH, "a")).isTrue();
    assertThat(permissions.allows(Action.RETAIN_PUBLISH, "a")).isFalse();
  }

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "iot:ClientId, pump-1",
    "IOT:clientid, pump-1",
    "iot:Connection.Thing.ThingName, pump-1",
    "iot:Connection.Thing.Attributes[model], X-7",
    "iot:Connection.Thing.IsAttached, true",
    "iot:Certificate.Subject.CommonName, pump-1",
    "iot:Certificate.Subject.CommonName.0, pump-1",
    "iot:Certificate.Subject.Organization, Acme",
    "iot:Certificate.Subject.OrganizationalUnit, north",
    "iot:Certificate.Subject.OrganizationalUnit.1, south",
    "iot:Certificate.Issuer.CommonName, Test CA",
    "aws:SourceIp, 192.0.2.7",
    "aws:SecureTransport, true"
  })
  void variablesHaveTheirValues(String variable, String value) {
    String id = world.register(certificate, allow("iot:Publish", "topic/${" + variable + "}/up"));
    world.thing("pump-1", Map.of("model", "X-7"), id, Attachment.NON_EXCLUSIVE_THING);
    ConnectionPermissions permissions = world.connected(certificate, "pump-1");
    assertThat(permissions.allows(Action.PUBLISH, value + "/up")).isTrue();
    assertThat(permissions.allows(Action.PUBLISH, "other/up")).isFalse();
  }

  @Test
  void theThingsTypeIsAVariable() {
    String id =
        world.register(
            certificate, allow("iot:Publish", "topic/${iot:Connection.Thing.ThingTypeName}/up"));
    world.get(world.registry.types().create("pump", "", List.of()));
    world.get(world.registry.things().create("pump-1", "pump", null, Map.of()));
    world.get(
        world
            .registry
            .things()
            .attachPrincipal("pump-1", World.arn(id), Attachment.NON_EXCLUSIVE_THING));
    ConnectionPermissions permissions = world.connected(certificate, "pump-1");
    assertThat(permissions.allows(Action.PUBLISH, "pump/up")).isTrue();
    assertThat(permissions.allows(Action.PUBLISH, "valve/up")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "iot:Certificate.Subject.OrganizationalUnit.2",
        "iot:Certificate.Subject.CommonName.x",
        "iot:Certificate.Subject.Nickname",
        "iot:Certificate.Nickname",
        "iot:Certificate.Subject.AlternativeName.DNSName",
        "iot:Connection.Thing.Attributes[none]",
        "iot:Connection.Thing.Nickname",
        "iot:DomainName",
        "iot:Nickname"
      })
  void variablesWithoutValueHaveNone(String variable) {
    String id = world.register(certificate, allow("iot:Publish", "topic/${" + variable + "}*"));
    world.thing("pump-1", Map.of(), id, Attachment.NON_EXCLUSIVE_THING);
    ConnectionPermissions permissions = world.connected(certificate, "pump-1");
    assertThat(permissions.allows(Action.PUBLISH, "a")).isFalse();
    assertThat(permissions.explain(Action.PUBLISH, "a").missingVariables())
        .containsExactly(variable);
  }

  @Test
  void overHttpThereIsNeitherClientIdentifierNorThing() {
    String id =
        world.register(
            certificate,
            allow(
                "iot:UpdateThingShadow",
                "thing/${iot:Connection.Thing.ThingName}",
                "thing/${iot:ClientId}",
                "thing/${iot:CertificateId}"));
    world.thing("pump-1", Map.of(), id, Attachment.EXCLUSIVE_THING);
    ConnectionPermissions permissions =
        world.authorizer.permissions(id, certificate, ConnectionContext.http("192.0.2.7"));
    assertThat(permissions.allows(Action.UPDATE_THING_SHADOW, "pump-1")).isFalse();
    assertThat(permissions.allows(Action.UPDATE_THING_SHADOW, id)).isTrue();
  }

  @Test
  void theOlderLanguageHasNoVariables() {
    ConnectionPermissions permissions =
        with(
            """
            {"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"iot:Publish",
             "Resource":"arn:aws:iot:local:000000000000:topic/${iot:ClientId}"}}""");
    assertThat(permissions.allows(Action.PUBLISH, "pump-1")).isFalse();
    assertThat(permissions.allows(Action.PUBLISH, "${iot:ClientId}")).isTrue();
  }

  @Test
  void aDecisionNamesPolicyStatementAndResource() {
    Decision decision =
        with(policy(
                statement("Allow", "iot:Receive", "*"),
                """
                    {"Sid":"Own","Effect":"Allow","Action":"iot:Publish",
                     "Resource":"arn:aws:iot:local:000000000000:topic/${iot:ClientId}/*"}"""))
            .decide(Action.PUBLISH, "pump-1/t");
    assertThat(decision.policyName()).startsWith("policy-1-of-");
    assertThat(decision.statement()).isEqualTo("statement 2 ('Own')");
    assertThat(decision.resource()).isEqualTo("arn:aws:iot:local:000000000000:topic/pump-1/*");
  }

  @ParameterizedTest(name = "allowed: {1} {2}; asked: {3} {4}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          says topicfilter/         | iot:Publish   | topicfilter/a  | PUBLISH   | a
          says topic/               | iot:Subscribe | topic/a        | SUBSCRIBE | a
          write '*'                 | iot:Receive   | topic/a/#      | RECEIVE   | a/b
          add the action            | iot:Subscribe | topic/a        | PUBLISH   | a
          is no thing               | iot:Publish   | topic/${iot:Connection.Thing.ThingName} | PUBLISH | a
          does not match            | iot:Publish   | topic/b        | PUBLISH   | a
          "Resource":"arn:aws:iot:local:000000000000:topic/a" | iot:Publish | topic/b | PUBLISH | a
          """)
  void aDenialSaysWhatWouldHaveToChange(
      String hint, String action, String resource, Action asked, String name) {
    Explanation explanation = with(allow(action, resource)).explain(asked, name);
    assertThat(explanation.decision().isAllowed()).isFalse();
    assertThat(String.join("\n", explanation.hints())).contains(hint);
  }

  @Test
  void aDenialByADenySaysWhich() {
    Explanation explanation =
        with(policy(statement("Allow", "iot:*", "*"), statement("Deny", "iot:Publish", "topic/x")))
            .explain(Action.PUBLISH, "x");
    assertThat(explanation.sentence()).contains("statement 2").contains("is denied by policy");
    assertThat(explanation.hints()).singleElement().asString().contains("Deny");
  }
}
