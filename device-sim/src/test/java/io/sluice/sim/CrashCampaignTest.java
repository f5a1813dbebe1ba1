package io.sluice.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.sim.CrashViolation.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The campaign against a fake whose every "kill" does something that a broker must not do. */
class CrashCampaignTest {
  private static final int ROUNDS = 4;
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private final BrokerFake broker = new BrokerFake();
  private final List<CrashReport.Round> rounds = new ArrayList<>();

  @AfterEach
  void closeBroker() {
    broker.close();
  }

  /** A broker that "starts" at once, and on a kill does what it is told to. */
  private CrashReport campaign(Runnable onKill) {
    CrashTarget target =
        new CrashTarget() {
          @Override
          public CompletableFuture<Void> start() {
            return CompletableFuture.completedFuture(null);
          }

          @Override
          public void kill() {
            onKill.run();
          }

          @Override
          public Optional<List<String>> collect() {
            return Optional.empty();
          }
        };
    CrashCampaign.Plan plan =
        new CrashCampaign.Plan(broker.port(), ROUNDS, Duration.ofMillis(200), 7, 2, 3, PATIENCE);
    return new CrashCampaign(target, plan, rounds::add).run();
  }

  @Test
  void aBrokerThatForgetsWhatWasUnderWayIsFoundOut() throws Exception {
    CrashReport report = campaign(() -> broker.cutAll());

    assertThat(report.isWhole()).isFalse();
    assertThat(report.violations()).extracting(CrashViolation::kind).contains(Kind.LOST);
    assertThat(report.violations().toString()).contains("never got message");
    assertThat(report.words()).contains("seed                 7");
    assertThat(rounds).hasSize(ROUNDS).allMatch(round -> round.published() > 0);
    JsonNode json = PayloadTemplate.JSON.readTree(report.json());
    assertThat(json.get("whole").asBoolean()).isFalse();
    assertThat(json.get("violations").size()).isPositive();
    assertThat(json.at("/receivers/0/name").asText()).isEqualTo("steady-5");
  }

  @Test
  void aBrokerThatDeliversTwiceIsFoundOut() {
    broker.doublesEvery = 97;
    CrashReport report = campaign(() -> {});

    assertThat(report.violations()).extracting(CrashViolation::kind).contains(Kind.TWICE);
  }

  @Test
  void aBrokerThatForgetsSessionsIsFoundOut() {
    CrashReport report = campaign(broker::forgetSessions);

    assertThat(report.violations()).extracting(CrashViolation::kind).contains(Kind.SESSION);
  }

  @Test
  void aBrokerThatKeepsNoRetainedMessageIsFoundOut() {
    broker.forgetRetained = true;
    CrashReport report = campaign(broker::cutAll);

    assertThat(report.violations()).extracting(CrashViolation::kind).contains(Kind.RETAINED);
  }

  @Test
  void aBrokerThatEndsByItselfEndsTheCampaign() {
    CrashReport report =
        campaign(
            () -> {
              throw new IllegalStateException("it had ended by itself, with exit code 134");
            });

    assertThat(report.violations()).extracting(CrashViolation::kind).contains(Kind.BROKER);
    assertThat(report.violations().toString()).contains("exit code 134");
    assertThat(report.rounds()).isEqualTo(1);
  }

  @Test
  void aBrokerThatDoesNotStartIsNoCampaign() {
    CrashTarget target =
        new CrashTarget() {
          @Override
          public CompletableFuture<Void> start() {
            return CompletableFuture.failedFuture(new IllegalStateException("no"));
          }

          @Override
          public void kill() {}

          @Override
          public Optional<List<String>> collect() {
            return Optional.empty();
          }
        };
    CrashCampaign.Plan plan =
        new CrashCampaign.Plan(broker.port(), 1, Duration.ofMillis(100), 7, 2, 1, PATIENCE);
    assertThatThrownBy(() -> new CrashCampaign(target, plan, rounds::add).run())
        .isInstanceOf(CrashCampaign.CampaignFailed.class)
        .hasMessageContaining("did not start: no");
  }
}
