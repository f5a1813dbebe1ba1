package io.sluice.identity;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * What the gateway keeps of a user of SCRAM-SHA-256 (RFC 5802, section 3): enough to check a proof,
 * too little to make one. One line of the users file. The arrays are not changed by anybody.
 */
public record ScramUser(
    String name, int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
  static final int ITERATIONS = 10_000;
  static final int SALT_BYTES = 16;

  private static final int ITERATIONS_MIN = 4_096; // RFC 7677, section 4
  private static final int ITERATIONS_MAX = 10_000_000;
  private static final int PASSWORD_CHARS_MAX = 1_024;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{1,128}");
  private static final int FIELDS = 5;
  private static final SecureRandom RANDOM = new SecureRandom();

  public ScramUser {
    if (!NAME.matcher(name).matches()) {
      throw new UsersRefused(
          "a user's name has 1 to 128 letters, digits and . _ @ - and no others; choose another");
    }
    if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) {
      throw new UsersRefused(
          "user '%s': %d iterations, there are %d to %d; add the user again"
              .formatted(name, iterations, ITERATIONS_MIN, ITERATIONS_MAX));
    }
    if (salt.length == 0
        || storedKey.length != ScramHash.BYTES
        || serverKey.length != ScramHash.BYTES) {
      throw new UsersRefused(
          "user '%s': salt or keys have the wrong length; add the user again".formatted(name));
    }
  }

  /** Makes a user from a password; takes some milliseconds, so not on an event loop. */
  public static ScramUser of(String name, char[] password) {
    byte[] salt = new byte[SALT_BYTES];
    RANDOM.nextBytes(salt);
    return of(name, password, ITERATIONS, salt);
  }

  static ScramUser of(String name, char[] password, int iterations, byte[] salt) {
    check(password);
    byte[] salted = salted(password, iterations, salt);
    byte[] storedKey = ScramHash.sha256(ScramHash.hmac(salted, ScramHash.ascii("Client Key")));
    byte[] serverKey = ScramHash.hmac(salted, ScramHash.ascii("Server Key"));
    Arrays.fill(salted, (byte) 0);
    return new ScramUser(name, iterations, salt, storedKey, serverKey);
  }

  /** To these characters SASLprep, which clients apply, does nothing (RFC 4013). */
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

  static byte[] salted(char[] password, int iterations, byte[] salt) {
    PBEKeySpec spec = new PBEKeySpec(password, salt, iterations, 8 * ScramHash.BYTES);
    try {
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException missing) {
      throw new AssertionError("every JDK has PBKDF2WithHmacSHA256", missing);
    } finally {
      spec.clearPassword();
    }
  }

  String line() {
    Base64.Encoder base64 = Base64.getEncoder();
    return String.join(
        " ",
        name,
        Integer.toString(iterations),
        base64.encodeToString(salt),
        base64.encodeToString(storedKey),
        base64.encodeToString(serverKey));
  }

  /** Reads a line; what is in it goes into no message. */
  static ScramUser parse(String where, String line) {
    String[] fields = line.split(" ", -1);
    try {
      if (fields.length == FIELDS) {
        Base64.Decoder base64 = Base64.getDecoder();
        return new ScramUser(
            fields[0],
            Integer.parseInt(fields[1]),
            base64.decode(fields[2]),
            base64.decode(fields[3]),
            base64.decode(fields[4]));
      }
    } catch (IllegalArgumentException garbled) { // also of numbers; told below
      throw garbled(where);
    } catch (UsersRefused refused) {
      throw new UsersRefused(where + ": " + refused.getMessage());
    }
    throw garbled(where);
  }

  private static UsersRefused garbled(String where) {
    return new UsersRefused(
        where
            + ": not 'name iterations salt StoredKey ServerKey'; remove the line and run 'sluice"
            + " users add' again");
  }

  /** Says no key. */
  @Override
  public String toString() {
    return "ScramUser[" + name + "]";
  }
}
