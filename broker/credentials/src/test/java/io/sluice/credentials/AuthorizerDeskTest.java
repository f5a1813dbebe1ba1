package io.sluice.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.identity.Bearer;
import io.sluice.store.Partitions;
import io.sluice.store.SimulatedStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an authorizer's client may do as time goes by. */
class AuthorizerDeskTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long NOW = 1_800_000_000_000L;
  private static final AuthorizerQuestion QUESTION =
      new AuthorizerQuestion(null, null, null, null, "", "c", "u", null);

  private final AtomicLong now = new AtomicLong(NOW);
  private final AtomicInteger asked = new AtomicInteger();
  private final Queue<String> changed = new ConcurrentLinkedQueue<>();
  private final Waiting waiting = new Waiting(1, 10, 60_000);
  private volatile String answer = yes("iot:Connect");

  @AfterEach
  void close() {
    waiting.close();
  }

  private static String yes(String action) {
    return """
        {"isAuthenticated":true,"principalId":"ann","refreshAfterInSeconds":300,"disconnectAfterInSeconds":600,
         "policyDocuments":[{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"%s","Resource":"*"}]}]}
        """
        .formatted(action);
  }

  private JsonNode ask() {
    asked.incrementAndGet();
    if (answer.isEmpty()) {
      throw new AuthorizerAnswer.Unusable("nobody answers");
    }
    try {
      return JSON.readTree(answer);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private AuthorizerDesk desk() {
    Partitions partitions = new Partitions(new SimulatedStore(1), now::get, p -> Runnable::run);
    return new AuthorizerDesk(
        new Authorizers(partitions),
        waiting,
        (url, body, timeout, max) -> ask(),
        now::get,
        0,
        changed::add);
  }

  private static AuthorizerDefinition open() {
    return named("a", 0);
  }

  private static AuthorizerDefinition named(String name, long modifiedMillis) {
    return new AuthorizerDefinition(
        name, "http://127.0.0.1:1/x", null, Map.of(), true, true, false, 0, modifiedMillis);
  }

  private static String word(Proof proof) {
    return proof instanceof Proof.Failed failed ? failed.word() : "proven";
  }

  private Bearer held() {
    Proof proof = desk().prove(open(), QUESTION).join();
    assertThat(proof).isInstanceOf(Proof.Proven.class);
    assertThat(((Proof.Proven) proof).endsMillis()).isEqualTo(NOW + 600_000);
    return ((Proof.Proven) proof).bearer();
  }

  @Test
  void policiesAreAskedForAgainWhenThatIsDueAndTheOldOnesHoldUntilThen() {
    Bearer held = held();
    assertThat(held.principal()).isEqualTo("authorizer/ann");
    int version = held.version();
    now.set(NOW + 299_999);
    assertThat(held.version()).isEqualTo(version);
    assertThat(asked.get()).isEqualTo(1);

    answer = yes("iot:Publish");
    now.set(NOW + 300_000);
    held.version();
    await().until(() -> held.version() > version);
    assertThat(asked.get()).isEqualTo(2);
    assertThat(changed).containsExactly("authorizer/ann");
    assertThat(held.grant().documents()).hasSize(1);
  }

  @Test
  void whoIsNoLongerAuthenticatedMayDoNothingAndIsRechecked() {
    Bearer held = held();
    answer = "{\"isAuthenticated\":false}";
    now.set(NOW + 300_000);
    held.version();
    await().until(() -> held.grant() == null);
    assertThat(changed).containsExactly("authorizer/ann");
  }

  @Test
  void anAuthorizerThatDoesNotAnswerLeavesThingsAsTheyAreUntilTheEnd() {
    Bearer held = held();
    answer = "";
    now.set(NOW + 300_000);
    held.version();
    await().until(() -> asked.get() == 2);
    assertThat(held.grant()).isNotNull();
    now.set(NOW + 600_000);
    assertThat(held.grant()).isNull();
  }

  @Test
  void afterFiveFailuresItIsLeftAloneForTenSeconds() {
    AuthorizerDesk desk = desk();
    answer = "";
    for (int i = 0; i < 8; i++) {
      assertThat(word(desk.prove(open(), QUESTION).join())).isEqualTo("authorizer_unavailable");
    }
    assertThat(asked.get()).isEqualTo(5);
    answer = yes("iot:Connect");
    now.addAndGet(10_000);
    assertThat(word(desk.prove(open(), QUESTION).join())).isEqualTo("proven");
  }

  @Test
  void anAuthorizerThatFailsIsNoReasonToLeaveAnotherAlone() {
    AuthorizerDesk desk = desk();
    answer = "";
    for (int i = 0; i < 5; i++) {
      desk.prove(open(), QUESTION).join();
    }
    answer = yes("iot:Connect");
    assertThat(word(desk.prove(open(), QUESTION).join())).isEqualTo("authorizer_unavailable");
    assertThat(word(desk.prove(named("another", 0), QUESTION).join())).isEqualTo("proven");
    assertThat(word(desk.prove(named("a", 1), QUESTION).join())).as("repaired").isEqualTo("proven");
  }
}
