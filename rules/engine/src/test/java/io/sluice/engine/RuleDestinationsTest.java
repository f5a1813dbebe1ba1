package io.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.engine.RuleDestinations.Status;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** HTTP destinations and whether they said that they want messages. */
class RuleDestinationsTest {
  private final List<String> tokens = new ArrayList<>();
  private String problem = "";
  private SimulatedStore store = new SimulatedStore(4);
  private SimulatedPartitions simulation;
  private RuleDestinations destinations;

  RuleDestinationsTest() {
    open();
  }

  private void open() {
    simulation = new SimulatedPartitions(store, 1_700_000_000_000L);
    destinations =
        new RuleDestinations(simulation.partitions(), "local", "000000000000", Runnable::run);
    destinations.confirmBy(
        (url, arn, token, enableUrl) -> {
          assertThat(enableUrl).isEqualTo("http://gateway/confirmdestination/" + token);
          tokens.add(token);
          return problem;
        });
    simulation.partitions().start();
    simulation.run();
  }

  private <T> T await(CompletableFuture<T> reply) {
    simulation.run();
    try {
      return reply.getNow(null);
    } catch (CompletionException refused) {
      throw (RuntimeException) refused.getCause();
    }
  }

  private RuleDestination create(String url) {
    return await(destinations.create(url, "http://gateway/confirmdestination/"));
  }

  private String confirmed(String url) {
    RuleDestination made = create(url);
    await(destinations.confirm(tokens.get(tokens.size() - 1)));
    return made.arn();
  }

  private Status status(String url) {
    return destinations.status(URI.create(url));
  }

  @Test
  void aDestinationIsEnabledWhenItsTokenComesBackOnce() {
    RuleDestination made = create("https://example.com/in");
    assertThat(made.status()).isEqualTo(Status.IN_PROGRESS);
    assertThat(made.arn())
        .matches("arn:aws:iot:local:000000000000:ruledestination/http/[0-9a-f-]{36}");
    assertThat(tokens).hasSize(1);
    assertThat(tokens.get(0)).matches("[0-9a-f]{64}");
    assertThat(status("https://example.com/in")).isEqualTo(Status.IN_PROGRESS);
    assertThatThrownBy(() -> await(destinations.confirm("guess"))).isInstanceOf(RuleRejected.class);
    assertThatThrownBy(() -> await(destinations.confirm(""))).isInstanceOf(RuleRejected.class);
    await(destinations.confirm(tokens.get(0)));
    assertThat(status("https://example.com/in")).isEqualTo(Status.ENABLED);
    assertThatThrownBy(() -> await(destinations.confirm(tokens.get(0))))
        .isInstanceOf(RuleRejected.class);
  }

  @ParameterizedTest(name = "{0} covers {1}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      https://example.com/in   | https://example.com/in           | yes
      https://example.com/in   | https://example.com/in/lamp?a=b  | yes
      https://example.com/in   | https://example.com/inside       | no
      https://example.com/in/  | https://example.com/in/lamp      | yes
      https://example.com      | https://example.com/anything     | yes
      https://example.com      | https://example.com.evil/        | no
      https://example.com/in   | https://example.com:444/in       | no
      https://example.com/in   | http://example.com/in            | no
      https://example.com/in   | https://other.com/in             | no
      https://example.com/in   | https://example.com/in/../out    | no
      https://EXAMPLE.com/in   | https://example.com/in           | yes
      """)
  void aConfirmedUrlCoversWhatIsBelowIt(String confirmed, String url, String expected) {
    confirmed(confirmed);
    assertThat(status(url) == Status.ENABLED).isEqualTo(expected.equals("yes"));
  }

  @Test
  void aTokenThatCannotBeSentIsAnErrorAndMayBeSentAgain() {
    problem = "status 500";
    RuleDestination made = create("https://example.com/in");
    simulation.run();
    assertThat(destinations.get(made.arn()).orElseThrow().status()).isEqualTo(Status.ERROR);
    assertThat(destinations.get(made.arn()).orElseThrow().statusReason()).isEqualTo("status 500");
    problem = "";
    await(destinations.update(made.arn(), "IN_PROGRESS", "http://gateway/confirmdestination/"));
    assertThat(tokens).hasSize(2);
    assertThatThrownBy(() -> await(destinations.confirm(tokens.get(0))))
        .isInstanceOf(RuleRejected.class);
    await(destinations.confirm(tokens.get(1)));
    assertThat(status("https://example.com/in")).isEqualTo(Status.ENABLED);
  }

  @Test
  void oneThatWasNeverConfirmedCannotBeEnabledByHand() {
    RuleDestination made = create("https://example.com/in");
    assertThatThrownBy(() -> await(destinations.update(made.arn(), "ENABLED", "")))
        .hasMessageContaining("was never confirmed");
    await(destinations.confirm(tokens.get(0)));
    await(destinations.update(made.arn(), "DISABLED", ""));
    assertThat(status("https://example.com/in")).isEqualTo(Status.DISABLED);
    await(destinations.update(made.arn(), "ENABLED", ""));
    assertThat(status("https://example.com/in")).isEqualTo(Status.ENABLED);
  }

  @Test
  void destinationsComeBackAfterARestart() {
    String arn = confirmed("https://example.com/in");
    create("https://example.com/other");
    store = store.crash(new Random(1));
    open();
    assertThat(destinations.list()).hasSize(2);
    assertThat(status("https://example.com/in")).isEqualTo(Status.ENABLED);
    await(destinations.confirm(tokens.get(1)));
    assertThat(status("https://example.com/other")).isEqualTo(Status.ENABLED);
    await(destinations.delete(arn));
    assertThat(status("https://example.com/in")).isEqualTo(Status.UNKNOWN);
  }

  @ParameterizedTest
  @CsvSource({
    "ftp://example.com/in",
    "https:///in",
    "https://user:pw@example.com/in",
    "https://example.com/in#part",
    "not a url"
  })
  void whatIsNoUrlIsRefused(String url) {
    assertThatThrownBy(() -> create(url)).isInstanceOf(RuleRejected.class);
    assertThat(tokens).isEmpty();
  }

  @Test
  void oneUrlHasOneDestination() {
    create("https://example.com/in");
    assertThatThrownBy(() -> create("https://example.com/in"))
        .isInstanceOfSatisfying(
            RuleRejected.class,
            refused -> assertThat(refused.code()).isEqualTo(RuleRejected.Code.ALREADY_EXISTS));
  }
}
