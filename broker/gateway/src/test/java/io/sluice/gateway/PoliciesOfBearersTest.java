package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.credentials.User;
import io.sluice.credentials.Users;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.DeleteConflictException;
import software.amazon.awssdk.services.iot.model.InvalidRequestException;
import software.amazon.awssdk.services.iot.model.ResourceNotFoundException;

/** Policies that users and tokens have by their names. */
class PoliciesOfBearersTest {
  @TempDir Path folder;

  @Test
  void aPolicyThatAUserOrTokensHaveIsListedWithThemAndNotDeleted() throws Exception {
    Path keys = Files.writeString(folder.resolve("keys.json"), "{\"keys\":[]}");
    try (WayHouse house =
            new WayHouse(
                folder.resolve("data"),
                Map.of(
                    Setting.WAYS_IN, "password,jwt",
                    Setting.JWT_ISSUER, "https://issuer.example",
                    Setting.JWT_KEYS, keys.toString(),
                    Setting.JWT_AUDIENCE, "sluice",
                    Setting.JWT_POLICIES, "phones"));
        IotClient iot = house.iot()) {
      for (String policy : List.of("phones", "sensors", "free")) {
        house.policy(policy, WayHouse.POLICY);
      }
      house.user("ann", "pencil", User.Method.PASSWORD, "sensors");
      house.user("bob", "pencil", User.Method.PASSWORD, "sensors");
      await()
          .untilAsserted(
              () ->
                  assertThat(iot.listTargetsForPolicy(r -> r.policyName("sensors")).targets())
                      .containsExactly("user/ann", "user/bob"));
      assertThat(iot.listTargetsForPolicy(r -> r.policyName("sensors").pageSize(1)).nextMarker())
          .isNotNull();
      assertThat(iot.listTargetsForPolicy(r -> r.policyName("phones")).targets())
          .containsExactly("jwt/*");

      assertThatThrownBy(() -> iot.deletePolicy(r -> r.policyName("sensors")))
          .isInstanceOf(DeleteConflictException.class)
          .hasMessageContaining("user/ann")
          .hasMessageContaining("sluice users policies");
      assertThatThrownBy(() -> iot.deletePolicy(r -> r.policyName("phones")))
          .isInstanceOf(DeleteConflictException.class)
          .hasMessageContaining("jwt-policies");
      assertThatThrownBy(() -> iot.detachPolicy(r -> r.policyName("sensors").target("user/ann")))
          .as("is not attached by AttachPolicy")
          .isInstanceOf(InvalidRequestException.class);
      assertThatThrownBy(() -> iot.deletePolicy(r -> r.policyName("nobody")))
          .isInstanceOf(ResourceNotFoundException.class);
      iot.deletePolicy(r -> r.policyName("free"));

      Users users = Users.load(house.data);
      users.remove("ann");
      users.put(User.of("bob", "pencil".toCharArray(), User.Method.PASSWORD, List.of()));
      await()
          .untilAsserted(
              () ->
                  assertThat(iot.listTargetsForPolicy(r -> r.policyName("sensors")).targets())
                      .isEmpty());
      iot.deletePolicy(r -> r.policyName("sensors"));
    }
  }
}
