package io.sluice.credentials;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Checks user names and passwords. An unknown name costs as much time as a wrong password, so that
 * names cannot be probed. Any thread; the hash is computed by the {@link Waiting} room's threads.
 */
public final class PasswordDesk {
  private static final String WRONG = "user name or password is wrong";

  private final Users users;
  private final Waiting waiting;
  private final FailedLogins failures;

  public PasswordDesk(Users users, Waiting waiting, FailedLogins failures) {
    this.users = users;
    this.waiting = waiting;
    this.failures = failures;
  }

  /**
   * Decides about a user name and a password.
   *
   * @param userName what follows a question mark is not part of it: AWS SDKs append their metrics
   * @param sourceIp where from, in digits
   */
  public CompletableFuture<Proof> prove(String userName, byte[] password, String sourceIp) {
    if (!failures.mayTry(sourceIp)) {
      return CompletableFuture.completedFuture(tooManyFailed());
    }
    int mark = userName.indexOf('?');
    String name = mark < 0 ? userName : userName.substring(0, mark);
    return waiting.enter(() -> check(name, password, sourceIp));
  }

  private static Proof tooManyFailed() {
    return new Proof.Failed(
        Proof.Cause.BUSY,
        "logins_failed",
        "too many wrong passwords came from this address; wait a minute, or give 'login-failures-per-minute' more");
  }

  private Proof check(String name, byte[] password, String sourceIp) {
    if (!failures.mayTry(sourceIp)) { // those before it in the queue were wrong
      return tooManyFailed();
    }
    User user = users.find(name);
    PasswordHash known = user == null ? null : user.hash();
    PasswordHash asked = known == null ? users.decoy(name) : known;
    boolean right = asked.matches(password) && known != null;
    if (!right) {
      failures.failed(sourceIp);
      return new Proof.Failed(Proof.Cause.WRONG, "bad_password", WRONG);
    }
    return users.proven(name);
  }

  /** What a user's name that was proved by other means stands for; null when there is none. */
  public static @Nullable Proof known(Users users, String name) {
    return users.find(name) == null ? null : users.proven(name);
  }
}
