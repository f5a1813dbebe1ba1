package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.identity.WebOrigins;
import io.sluice.message.TopicName;
import io.sluice.transport.Applicant;
import io.sluice.transport.Gatekeeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is denied to everybody, also where nobody has an identity. */
class DenyListTest {
  @TempDir Path folder;

  private static Gatekeeper.Permissions permissions(GatewayConfig config) {
    Gatekeeper gatekeeper = DenyList.of(config).before(new OpenDoor(WebOrigins.ANY));
    Applicant anybody =
        new Applicant(
            "id",
            5,
            null,
            null,
            new X509Certificate[0],
            "127.0.0.1",
            null,
            null,
            null,
            false,
            null,
            null);
    return ((Gatekeeper.Admission.Admitted) gatekeeper.admit(anybody).join()).permissions();
  }

  private static GatewayConfig config(Setting setting, String filters) {
    return GatewayConfig.load(null, Map.of(), Map.of(setting, filters));
  }

  @ParameterizedTest(name = "with ''{0}'' denied, subscribing to ''{1}'': {2}")
  @CsvSource({
    "test/nosubscribe, test/nosubscribe, no",
    "test/nosubscribe, $share/group/test/nosubscribe, no",
    "test/nosubscribe, $exclusive/test/nosubscribe, no",
    "test/nosubscribe, test/other, yes",
    "test/nosubscribe, test/+, yes",
    "test/nosubscribe, #, yes",
    "secret/#, secret, no",
    "secret/#, secret/a/+, no",
    "secret/#, secret/#, no",
    "secret/#, +/a, yes",
    "+/private, a/private, no",
    "+/private, +/private, no",
    "+/private, a/b/private, yes",
    "#, a, no",
    "#, $aws/events/#, yes"
  })
  void aFilterIsDeniedWhenAllItsTopicsAre(String denied, String filter, String allowed) {
    assertThat(permissions(config(Setting.DENY_SUBSCRIBE, denied)).maySubscribe(filter))
        .isEqualTo(allowed.equals("yes"));
  }

  @Test
  void publishingAndReceivingAreDeniedByTopic() {
    Gatekeeper.Permissions writing = permissions(config(Setting.DENY_PUBLISH, "a/+, b/#"));
    Gatekeeper.Permissions reading = permissions(config(Setting.DENY_RECEIVE, "a/+"));

    assertThat(writing.mayPublish(TopicName.of("a/1"), false)).isFalse();
    assertThat(writing.mayPublish(TopicName.of("b"), true)).isFalse();
    assertThat(writing.mayPublish(TopicName.of("c"), true)).isTrue();
    assertThat(writing.mayReceive(TopicName.of("a/1"))).isTrue();
    assertThat(reading.mayReceive(TopicName.of("a/1"))).isFalse();
    assertThat(reading.mayPublish(TopicName.of("a/1"), false)).isTrue();
  }

  @Test
  void nothingDeniedCostsNothing() {
    OpenDoor open = new OpenDoor(WebOrigins.ANY);

    assertThat(DenyList.of(GatewayConfig.load(null, Map.of(), Map.of())).before(open))
        .isSameAs(open);
  }

  @Test
  void aListInTheFileMayHoldCommas() throws IOException {
    Path yaml = folder.resolve("sluice.yaml");
    Files.writeString(yaml, "deny-subscribe:\n  - a,b\n  - c/#\n");

    Gatekeeper.Permissions permissions = permissions(GatewayConfig.load(yaml, Map.of(), Map.of()));

    assertThat(permissions.maySubscribe("a,b")).isFalse();
    assertThat(permissions.maySubscribe("a")).isTrue();
    assertThat(permissions.maySubscribe("c")).isFalse();
  }

  @Test
  void aFilterThatIsNoneIsRefusedAtStart() {
    assertThatThrownBy(() -> config(Setting.DENY_PUBLISH, "a/#/b"))
        .isInstanceOf(GatewayConfig.ConfigRefused.class)
        .hasMessageContaining("--deny-publish")
        .hasMessageContaining("MQTT-4.7.1-1");
  }
}
