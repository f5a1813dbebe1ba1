package io.sluice.identity;

import static io.sluice.identity.World.allow;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.Test;

class DenialsTest {
  private final World world = new World();
  private final X509Certificate certificate = World.certificate("pump-1");

  private ConnectionPermissions connected(String... policies) {
    world.register(certificate, policies);
    Authenticator.Admission admission =
        world.authenticator.admit(
            new X509Certificate[] {certificate}, ConnectionContext.mqtt("pump-1", "192.0.2.7"));
    return ((Authenticator.Admitted) admission).permissions();
  }

  private List<Denials.Denial> last() {
    return world.authorizer.denials().last(null, 100);
  }

  @Test
  void aDenialNamesTheStatementTheResourceAfterSubstitutionAndWhatWouldHaveToChange() {
    ConnectionPermissions permissions =
        connected(
            World.policy(
                World.statement("Allow", "iot:Connect", "client/*"),
                World.statement("Allow", "iot:Publish", "topic/${iot:ClientId}/out")));
    permissions.decide(Action.PUBLISH, "pump-1/out");
    assertThat(last()).isEmpty();
    permissions.decide(Action.PUBLISH, "pump-1/in");
    Denials.Denial denial = last().get(0);
    assertThat(denial.clientId()).isEqualTo("pump-1");
    assertThat(denial.sourceIp()).isEqualTo("192.0.2.7");
    assertThat(denial.resource()).endsWith(":topic/pump-1/in");
    assertThat(String.join("\n", denial.hints()))
        .contains("statement 2", "topic/pump-1/out' after substitution does not match")
        .contains("or allow it: {\"Effect\":\"Allow\",\"Action\":\"iot:Publish\"");
  }

  @Test
  void aDenialIsExplainedByThePoliciesOfThen() {
    ConnectionPermissions permissions = connected(allow("iot:Connect", "client/*"));
    permissions.decide(Action.SUBSCRIBE, "a/#");
    world.get(world.registry.policies().create("later", allow("iot:Subscribe", "*")));
    world.get(
        world
            .registry
            .policies()
            .attach("later", World.arn(io.sluice.certs.Fingerprint.certificateId(certificate))));
    assertThat(permissions.allows(Action.SUBSCRIBE, "a/#")).isTrue();
    assertThat(last().get(0).sentence()).contains("no statement allows it");
  }

  @Test
  void deliveriesDoNotPushOutWhatElseWasDenied() {
    ConnectionPermissions permissions = connected(allow("iot:Connect", "client/*"));
    permissions.decide(Action.SUBSCRIBE, "first");
    for (int i = 0; i < 10_000; i++) {
      permissions.decide(Action.RECEIVE, "t/" + i);
    }
    assertThat(world.authorizer.denials().last("pump-1", 5_000))
        .anyMatch(denial -> denial.resource().endsWith("topicfilter/first"))
        .hasSizeLessThanOrEqualTo(1_024);
    assertThat(world.authorizer.denials().count()).isEqualTo(10_001);
    assertThat(world.authorizer.denials().last("another", 10)).isEmpty();
  }

  @Test
  void whoIsRefusedBeforeAnyPolicyIsThereToo() {
    world.authenticator.admit(new X509Certificate[0], ConnectionContext.mqtt("ghost", null));
    assertThat(last().get(0).sentence()).contains("showed no certificate");
    assertThat(last().get(0).clientId()).isEqualTo("ghost");
  }

  @Test
  void aQuestionBeforehandIsNoDenial() {
    world.register(certificate, allow("iot:Connect", "client/*"));
    world.connected(certificate, "pump-1").explain(Action.PUBLISH, "a");
    world.connected(certificate, "pump-1").decide(Action.PUBLISH, "a");
    assertThat(last()).isEmpty();
  }
}
