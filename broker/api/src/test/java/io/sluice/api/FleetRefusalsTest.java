package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sluice.fleet.FleetRefused;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the room of the index refuses, in the words of AWS. */
class FleetRefusalsTest {
  @ParameterizedTest
  @CsvSource({
    "BUSY, ThrottlingException, 400",
    "OFF, IndexNotReadyException, 400",
    "EXISTS, ResourceAlreadyExistsException, 409",
    "VERSION_CONFLICT, VersionConflictException, 409",
    "MISSING, ResourceNotFoundException, 404",
    "LIMIT, LimitExceededException, 410"
  })
  void everyRefusalHasItsErrorOfAws(FleetRefused.Why why, String name, int status) {
    ApiError error = answered(new FleetRefused(why, "a sentence"));
    assertThat(error.name()).isEqualTo(name);
    assertThat(error.status()).isEqualTo(status);
    assertThat(error.text()).isEqualTo("a sentence");
  }

  private static ApiError answered(RuntimeException refused) {
    CompletableFuture<Reply> answer =
        FleetOperations.refusing(
            CompletableFuture.failedFuture(new CompletionException(refused)),
            nothing -> Reply.EMPTY);
    return (ApiError) catchThrowable(answer::join).getCause();
  }
}
