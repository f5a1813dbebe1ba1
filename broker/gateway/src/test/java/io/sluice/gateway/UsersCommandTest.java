package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.credentials.Users;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class UsersCommandTest {
  @TempDir Path directory;
  private final StringWriter told = new StringWriter();

  private int run(String typed, String... args) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(typed.getBytes(UTF_8)));
    try {
      CommandLine line = Main.commandLine().setErr(new PrintWriter(told, true));
      return line.execute(args);
    } finally {
      System.setIn(before);
    }
  }

  private String at() {
    return "--data-dir=" + directory;
  }

  @Test
  void usersAreAddedWithAPasswordFromStandardInputAndRemoved() {
    assertThat(run("secret\n", "users", "add", "ann", at())).isZero();
    assertThat(run("other\n", "users", "add", "bob", at())).isZero();
    assertThat(run("", "users", "list", at())).isZero();
    assertThat(Users.load(directory).names()).containsExactly("ann", "bob");

    assertThat(run("", "users", "remove", "ann", at())).isZero();
    assertThat(Users.load(directory).names()).containsExactly("bob");
  }

  @Test
  void aUserHasMethodsAndPoliciesThatChange() {
    run("secret\n", "users", "add", "ann", "--policy", "a", "--policy", "b", at());
    run("secret\n", "users", "add", "bob", "--method", "password", at());
    assertThat(Users.load(directory).find("ann").policies()).containsExactly("a", "b");
    assertThat(Users.load(directory).find("ann").methods()).isEqualTo("password,scram");
    assertThat(Users.load(directory).find("bob").methods()).isEqualTo("password");

    run("other\n", "users", "add", "ann", "--method", "scram", at());
    assertThat(Users.load(directory).find("ann").policies())
        .as("a new password leaves the policies")
        .containsExactly("a", "b");

    assertThat(run("", "users", "policies", "ann", "c", at())).isZero();
    assertThat(Users.load(directory).find("ann").policies()).containsExactly("c");
    assertThat(run("", "users", "policies", "ann", at())).isZero();
    assertThat(Users.load(directory).find("ann").policies()).isEmpty();
    assertThat(run("", "users", "policies", "nobody", "c", at())).isEqualTo(1);
  }

  @Test
  void aHashOfAnotherProgramIsTakenAsItIs() {
    String bcrypt = "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";
    assertThat(run(bcrypt + "\n", "users", "add", "ann", "--hash", at())).isZero();
    assertThat(Users.load(directory).find("ann").methods()).isEqualTo("password");
    assertThat(run("secret\n", "users", "add", "bob", "--hash", at())).isEqualTo(2);
    assertThat(told.toString()).contains("argon2id").doesNotContain("secret");
  }

  @Test
  void aPasswordIsNoArgument() {
    assertThat(run("", "users", "add", "ann", "secret", at())).isEqualTo(2);
    assertThat(Users.load(directory).names()).isEmpty();
  }

  @Test
  void whatCannotBeDoneIsSaid() {
    assertThat(run("", "users", "remove", "nobody", at())).isEqualTo(1);
    assertThat(run("", "users", "add", "ann", at())).as("no password").isEqualTo(2);
    assertThat(run("secret\n", "users", "add", "a,b", at())).as("a comma").isEqualTo(2);
    assertThat(run("", "users", "list", "--data-dir=" + directory.resolve("none"))).isEqualTo(1);
    assertThat(told.toString())
        .contains("no user 'nobody'", "printable ASCII", "a user's name", "no data directory")
        .doesNotContain("secret");
  }
}
