package io.sluice.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Passwords: their hashes, the file that keeps them, and those who wait for an answer. */
class PasswordDeskTest {
  @TempDir Path directory;

  /** From the test programs of the reference implementation of argon2, and of jBCrypt. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          password | $argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc
          abc      | $2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i
          a        | $2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe
          """)
  void aHashThatAnotherProgramMadeIsUnderstood(String password, String text) {
    PasswordHash hash = new PasswordHash(text);

    assertThat(hash.matches(password.getBytes(UTF_8))).isTrue();
    assertThat(hash.matches("other".getBytes(UTF_8))).isFalse();
    assertThat(hash.matches(new byte[0])).isFalse();
    assertThat(hash.matches(new byte[100])).isFalse();
    assertThat(hash.toString()).doesNotContain(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret",
        "$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$2a$31$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"
      })
  void aHashThatIsNoneOrWouldCostTooMuchIsRefused(String text) {
    assertThatThrownBy(() -> new PasswordHash(text))
        .isInstanceOf(UsersRefused.class)
        .hasMessageNotContaining(text);
  }

  @Test
  void theFileKeepsMethodsAndPoliciesAndReadsWhatAnEarlierGatewayWrote() throws IOException {
    Users users = Users.load(directory);
    users.put(User.of("ann", "pencil".toCharArray(), User.Method.BOTH, List.of("b", "a", "b")));
    users.put(User.of("bob", "pencil".toCharArray(), User.Method.PASSWORD, List.of()));
    String text = Files.readString(directory.resolve("users"));

    assertThat(Users.load(directory).find("ann")).hasToString("User[ann]");
    assertThat(Users.load(directory).find("ann").policies()).containsExactly("a", "b");
    assertThat(text)
        .contains("\nbob hash=$argon2id$v=19$m=19456,t=2,p=1$")
        .doesNotContain("pencil");

    String old = text.lines().filter(line -> line.startsWith("ann")).findFirst().orElseThrow();
    String keys = old.split(" ", -1)[1].substring("scram=".length()).replace(',', ' ');
    Files.writeString(directory.resolve("users"), "ann " + keys + "\n");
    User read = Users.load(directory).find("ann");
    assertThat(read.methods()).isEqualTo("scram");
    assertThat(read.policies()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ann secret",
        "ann hash=secret",
        "ann scram=1,2,3",
        "a,b policy=x",
        "ann policy=a/b"
      })
  void aLineThatIsNoneIsNamedByItsNumberAlone(String line) throws IOException {
    Files.writeString(directory.resolve("users"), "# users\n" + line + "\n");

    assertThatThrownBy(() -> Users.load(directory))
        .isInstanceOf(UsersRefused.class)
        .hasMessageContaining("line 2")
        .hasMessageNotContaining("secret");
  }

  @Test
  void anUnknownNameCostsAHashAsSlowAsThatOfAUser() {
    Users users = Users.load(directory);
    assertThat(users.decoy("nobody").text()).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");

    String bcrypt = "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";
    users.put(User.hashed("ann", bcrypt, List.of()));
    assertThat(users.decoy("nobody").text()).isEqualTo(bcrypt);
    try (Waiting waiting = new Waiting(1, 10, 10_000)) {
      Proof proof =
          new PasswordDesk(users, waiting, new FailedLogins(0))
              .prove("nobody", "abc".getBytes(UTF_8), "192.0.2.1")
              .join();
      assertThat(proof).as("right for the decoy, and refused").isInstanceOf(Proof.Failed.class);
    }
  }

  @Test
  void whoGuessesIsTurnedAwayWithoutAHashAndHarmsNobodyElse() {
    AtomicLong nanos = new AtomicLong();
    FailedLogins failures = new FailedLogins(3, nanos::get);
    Users users = Users.load(directory);
    users.put(User.of("ann", "pencil".toCharArray(), User.Method.PASSWORD, List.of()));
    try (Waiting waiting = new Waiting(1, 10, 60_000)) {
      PasswordDesk desk = new PasswordDesk(users, waiting, failures);
      for (int i = 0; i < 5; i++) {
        assertThat(desk.prove("ann", bytes("pencil"), "2001:db8::1").join())
            .as("who gets in costs nothing")
            .isInstanceOf(Proof.Proven.class);
      }
      for (int i = 0; i < 3; i++) {
        assertThat(word(desk, "name-" + i, "2001:db8::" + i)).isEqualTo("bad_password");
      }
      assertThat(word(desk, "ann", "2001:db8::ffff")).as("one network").isEqualTo("logins_failed");
      assertThat(desk.prove("ann", bytes("pencil"), "2001:db8::1").join())
          .as("nor is the right one looked at")
          .isInstanceOf(Proof.Failed.class);
      assertThat(failures.turnedAway()).isEqualTo(2);
      assertThat(word(desk, "ann", "192.0.2.7")).as("another").isEqualTo("bad_password");
      for (int i = 0; i < 5; i++) {
        assertThat(word(desk, "ann", "127.0.0.1")).as("loopback").isEqualTo("bad_password");
      }
      nanos.addAndGet(20_000_000_000L); // a third of a minute: one more
      assertThat(word(desk, "ann", "2001:db8::1")).isEqualTo("bad_password");
      assertThat(word(desk, "ann", "2001:db8::1")).isEqualTo("logins_failed");
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static String word(PasswordDesk desk, String name, String address) {
    return ((Proof.Failed) desk.prove(name, bytes("wrong"), address).join()).word();
  }

  @Test
  void whoFindsNoRoomIsToldAtOnceAndWhoWaitedTooLongIsNotChecked() throws InterruptedException {
    AtomicLong nanos = new AtomicLong();
    try (Waiting waiting = new Waiting(1, 1, 10, nanos::get)) {
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch end = new CountDownLatch(1);
      Proof.Failed wrong = new Proof.Failed(Proof.Cause.WRONG, "w", "s");
      CompletableFuture<Proof> first =
          waiting.enter(
              () -> {
                begun.countDown();
                awaitQuietly(end);
                return wrong;
              });
      begun.await();
      CompletableFuture<Proof> patient = waiting.enter(() -> wrong);

      CompletableFuture<Proof> full = waiting.enter(() -> wrong);

      assertThat(full).isCompletedWithValueMatching(PasswordDeskTest::isBusy);
      nanos.set(11_000_000);
      end.countDown();
      assertThat(first.join()).isSameAs(wrong);
      assertThat(patient.join()).matches(PasswordDeskTest::isBusy);
      assertThat(waiting.turnedAway()).isEqualTo(2);
    }
  }

  private static boolean isBusy(Proof proof) {
    return proof instanceof Proof.Failed failed && failed.cause() == Proof.Cause.BUSY;
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }
}
