package io.sluice.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SCRAM-SHA-256 with the words of RFC 7677, section 3, and the file of its users. */
class ScramExchangeTest {
  private static final String SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  private static final String FIRST = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
  private static final String LAST =
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
          + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

  @TempDir Path directory;

  private Users users() {
    Users users = Users.load(directory);
    users.put(
        new User(
            "user",
            ScramKeys.of(
                "pencil".toCharArray(),
                4096,
                Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==")),
            null,
            List.of()));
    return users;
  }

  private static String text(ScramExchange.Outcome outcome) {
    return new String(outcome.data(), UTF_8);
  }

  @Test
  void theExampleOfRfc7677IsSpokenToTheLetter() {
    ScramExchange exchange = new ScramExchange(users(), SERVER_NONCE);

    ScramExchange.Outcome challenge = exchange.next(FIRST.getBytes(UTF_8));
    ScramExchange.Outcome end = exchange.next(LAST.getBytes(UTF_8));

    assertThat(text(challenge))
        .isEqualTo(
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    assertThat(end.failure()).isNull();
    assertThat(end.user()).isEqualTo("user");
    assertThat(text(end)).isEqualTo("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    assertThat(exchange.next(LAST.getBytes(UTF_8)).failure()).as("it is over").isNotNull();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          nothing                  | ''
          channel binding          | p=tls-unique,,n=user,r=abc
          could bind the channel   | y,,n=user,r=abc
          another authorization    | n,a=root,n=user,r=abc
          no name                  | n,,n=,r=abc
          no nonce                 | n,,n=user,r=
          a mandatory extension    | n,,m=x,n=user,r=abc
          no SCRAM at all          | hello
          """)
  void aFirstMessageIsRefused(String what, String first) {
    assertThat(new ScramExchange(users()).next(first.getBytes(UTF_8)).failure())
        .as(what)
        .isNotNull();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          another header     | c=biws | c=eSws
          another nonce      | $k0    | $k1
          another proof      | p=dHzb | p=eHzb
          a proof too short  | bZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ= | ''
          no base64          | p=dHzb | p=!Hzb
          no proof           | p=     | q=
          """)
  void aFinalMessageIsRefused(String what, String from, String to) {
    ScramExchange exchange = new ScramExchange(users(), SERVER_NONCE);
    exchange.next(FIRST.getBytes(UTF_8));

    ScramExchange.Outcome end = exchange.next(LAST.replace(from, to).getBytes(UTF_8));

    assertThat(end.failure()).as(what).isNotNull();
    assertThat(end.user()).isNull();
  }

  @Test
  void anUnknownUserLooksLikeOneWithAnotherPassword() {
    Users users = users();
    byte[] first = "n,,n=nobody,r=abc".getBytes(UTF_8);
    ScramExchange exchange = new ScramExchange(users, "x");

    String once = text(exchange.next(first));

    assertThat(once).matches("r=abcx,s=[A-Za-z0-9+/]{22}==,i=10000");
    assertThat(text(new ScramExchange(users, "x").next(first))).as("the same salt").isEqualTo(once);
    String proof = Base64.getEncoder().encodeToString(new byte[32]);
    assertThat(exchange.next(("c=biws,r=abcx,p=" + proof).getBytes(UTF_8)).failure())
        .isEqualTo("user name or password is wrong");
  }

  @Test
  void theFileIsTheOwnersAloneAndIsReadAgainWhenItChanges() throws IOException {
    Users gateway = Users.load(directory);
    Users command = Users.load(directory);
    Path file = directory.resolve("users");

    command.put(User.of("ann", "secret".toCharArray(), User.Method.SCRAM, List.of()));
    gateway.refresh();

    assertThat(gateway.names()).containsExactly("ann");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Files.readString(file)).doesNotContain("secret");

    Files.writeString(file, "ann garbled\n");
    Files.setLastModifiedTime(file, FileTime.fromMillis(1));
    assertThatThrownBy(gateway::refresh)
        .isInstanceOf(UsersRefused.class)
        .hasMessageContaining("line 1")
        .hasMessageNotContaining("garbled");
    assertThat(gateway.names()).as("as they were").containsExactly("ann");
  }
}
