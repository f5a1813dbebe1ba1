package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.credentials.FailedLogins;
import io.sluice.credentials.User;
import io.sluice.credentials.Users;
import io.sluice.transport.EnhancedAuthentication;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScramAuthenticationTest {
  @Test
  void whoGuessesOverScramIsTurnedAwayBeforeHisProofIsLookedAt(@TempDir Path folder) {
    Users users = Users.load(folder);
    users.put(User.of("ann", "pencil".toCharArray(), User.Method.SCRAM, List.of()));
    ScramAuthentication scram = new ScramAuthentication(users, new FailedLogins(3));
    for (int i = 0; i < 3; i++) {
      assertThat(guess(scram, "192.0.2.1")).contains("wrong");
    }
    assertThat(guess(scram, "192.0.2.1")).contains("too many wrong passwords");
    assertThat(guess(scram, "192.0.2.2")).as("from elsewhere").contains("wrong");
    for (int i = 0; i < 5; i++) {
      assertThat(guess(scram, "127.0.0.1")).as("from this machine").contains("wrong");
    }
  }

  private static String guess(ScramAuthentication scram, String sourceIp) {
    EnhancedAuthentication.Exchange exchange = scram.begin(sourceIp);
    EnhancedAuthentication.Step first = exchange.next("n,,n=ann,r=abc".getBytes(US_ASCII));
    if (first instanceof EnhancedAuthentication.Failure failure) {
      return failure.explanation();
    }
    String challenge = new String(((EnhancedAuthentication.Challenge) first).data(), US_ASCII);
    String nonce = challenge.substring(0, challenge.indexOf(','));
    String proof = "A".repeat(43) + "=";
    EnhancedAuthentication.Step last =
        exchange.next(("c=biws," + nonce + ",p=" + proof).getBytes(US_ASCII));
    return ((EnhancedAuthentication.Failure) last).explanation();
  }
}
