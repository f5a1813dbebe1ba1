package io.sluice.credentials;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One line of the users file: a name, how its owner proves that it is his, and what he may do.
 *
 * @param scram for SCRAM-SHA-256; null when he cannot use that
 * @param hash of his password for CONNECT; null when he cannot use that
 * @param policies names of policies in the registry
 */
public record User(
    String name, @Nullable ScramKeys scram, @Nullable PasswordHash hash, List<String> policies) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{1,128}");
  private static final Pattern POLICY = Pattern.compile("[a-zA-Z0-9_+=,.@-]{1,128}");
  private static final int POLICIES_MAX = 10; // as for a certificate
  private static final int PASSWORD_CHARS_MAX = 1_024;
  private static final String SCRAM = "scram=";
  private static final String HASH = "hash=";
  private static final String POLICY_FIELD = "policy=";

  /** How a user may prove himself. */
  public enum Method {
    /** With user name and password in CONNECT. */
    PASSWORD,
    /** With SCRAM-SHA-256. */
    SCRAM,
    BOTH
  }

  public User {
    if (!NAME.matcher(name).matches()) {
      throw new UsersRefused(
          "a user's name has 1 to 128 letters, digits and . _ @ - and no others; choose another");
    }
    policies = policies.stream().distinct().sorted().toList();
    if (policies.size() > POLICIES_MAX) {
      throw new UsersRefused(
          "user '%s': %d policies, at most %d may be; put them together"
              .formatted(name, policies.size(), POLICIES_MAX));
    }
    for (String policy : policies) {
      if (!POLICY.matcher(policy).matches()) {
        throw new UsersRefused(
            "user '%s': a policy's name has 1 to 128 letters, digits and _ + = , . @ -; correct it"
                .formatted(name));
      }
    }
  }

  /** Makes a user from a password; takes some tens of milliseconds, so not on an event loop. */
  public static User of(String name, char[] password, Method method, List<String> policies) {
    User bare = new User(name, null, null, policies); // refuses before it computes
    check(password);
    byte[] bytes = bytes(password);
    try {
      return new User(
          bare.name,
          method == Method.PASSWORD ? null : ScramKeys.of(password),
          method == Method.SCRAM ? null : PasswordHash.of(bytes),
          bare.policies);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /**
   * A user whose password another program has hashed.
   *
   * @param hash argon2id or bcrypt, as {@link PasswordHash} has them
   */
  public static User hashed(String name, String hash, List<String> policies) {
    return new User(name, null, new PasswordHash(hash), policies);
  }

  /** How he may prove himself, in words: {@code password,scram}. */
  public String methods() {
    return (hash == null ? "" : scram == null ? "password" : "password,")
        + (scram == null ? "" : "scram");
  }

  public User withPolicies(List<String> other) {
    return new User(name, scram, hash, other);
  }

  /** To these characters SASLprep, which clients of SCRAM apply, does nothing (RFC 4013). */
  private static void check(char[] password) {
    boolean printable = password.length > 0 && password.length <= PASSWORD_CHARS_MAX;
    for (char c : password) {
      printable &= c >= ' ' && c <= '~';
    }
    if (!printable) {
      throw new UsersRefused(
          "a password has 1 to %d printable ASCII characters; choose another"
              .formatted(PASSWORD_CHARS_MAX));
    }
  }

  /** Of ASCII characters, which were checked. */
  private static byte[] bytes(char[] password) {
    byte[] bytes = new byte[password.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) password[i];
    }
    return bytes;
  }

  String line() {
    StringBuilder line = new StringBuilder(name);
    if (scram != null) {
      line.append(' ').append(SCRAM).append(scram.field());
    }
    if (hash != null) {
      line.append(' ').append(HASH).append(hash.text());
    }
    policies.forEach(policy -> line.append(' ').append(POLICY_FIELD).append(policy));
    return line.toString();
  }

  /** Reads a line; what is in it goes into no message. */
  static User parse(String where, String line) {
    String[] fields = line.split(" ", -1);
    try {
      if (fields.length == ScramKeys.OLD_FIELDS && fields[1].matches("\\d+")) {
        return new User(fields[0], ScramKeys.old(fields), null, List.of());
      }
      ScramKeys scram = null;
      PasswordHash hash = null;
      List<String> policies = new ArrayList<>();
      for (String field : Arrays.asList(fields).subList(1, fields.length)) {
        if (field.startsWith(SCRAM)) {
          scram = ScramKeys.parse(field.substring(SCRAM.length()));
        } else if (field.startsWith(HASH)) {
          hash = new PasswordHash(field.substring(HASH.length()));
        } else if (field.startsWith(POLICY_FIELD)) {
          policies.add(field.substring(POLICY_FIELD.length()));
        } else {
          throw garbled(where);
        }
      }
      return new User(fields[0], scram, hash, policies);
    } catch (IllegalArgumentException garbled) { // numbers and base64; told below
      throw garbled(where);
    } catch (UsersRefused refused) {
      String why = String.valueOf(refused.getMessage());
      throw why.startsWith(where) ? refused : new UsersRefused(where + ": " + why);
    }
  }

  private static UsersRefused garbled(String where) {
    return new UsersRefused(
        where
            + ": not 'name scram=... hash=... policy=...'; remove the line and run 'sluice users"
            + " add' again");
  }

  static byte[] decode(String base64) {
    return Base64.getDecoder().decode(base64);
  }

  /** Says no key. */
  @Override
  public String toString() {
    return "User[" + name + "]";
  }
}
