package io.sluice.credentials;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * What the gateway keeps of a user of SCRAM-SHA-256 (RFC 5802, section 3): enough to check a proof,
 * too little to make one. The arrays are not changed by anybody.
 */
record ScramKeys(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
  static final int ITERATIONS = 10_000;
  static final int SALT_BYTES = 16;

  /** Of a line as it was written before users had anything but these keys. */
  static final int OLD_FIELDS = 5;

  private static final int ITERATIONS_MIN = 4_096; // RFC 7677, section 4
  private static final int ITERATIONS_MAX = 10_000_000;
  private static final int FIELDS = 4;
  private static final SecureRandom RANDOM = new SecureRandom();

  ScramKeys {
    if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) {
      throw new UsersRefused(
          "%d iterations, there are %d to %d; add the user again"
              .formatted(iterations, ITERATIONS_MIN, ITERATIONS_MAX));
    }
    if (salt.length == 0
        || storedKey.length != ScramHash.BYTES
        || serverKey.length != ScramHash.BYTES) {
      throw new UsersRefused("salt or keys have the wrong length; add the user again");
    }
  }

  /** Makes keys from a password; takes some milliseconds, so not on an event loop. */
  static ScramKeys of(char[] password) {
    byte[] salt = new byte[SALT_BYTES];
    RANDOM.nextBytes(salt);
    return of(password, ITERATIONS, salt);
  }

  static ScramKeys of(char[] password, int iterations, byte[] salt) {
    byte[] salted = salted(password, iterations, salt);
    byte[] storedKey = ScramHash.sha256(ScramHash.hmac(salted, ScramHash.ascii("Client Key")));
    byte[] serverKey = ScramHash.hmac(salted, ScramHash.ascii("Server Key"));
    Arrays.fill(salted, (byte) 0);
    return new ScramKeys(iterations, salt, storedKey, serverKey);
  }

  private static byte[] salted(char[] password, int iterations, byte[] salt) {
    PBEKeySpec spec = new PBEKeySpec(password, salt, iterations, 8 * ScramHash.BYTES);
    try {
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException missing) {
      throw new AssertionError("every JDK has PBKDF2WithHmacSHA256", missing);
    } finally {
      spec.clearPassword();
    }
  }

  String field() {
    Base64.Encoder base64 = Base64.getEncoder();
    return String.join(
        ",",
        Integer.toString(iterations),
        base64.encodeToString(salt),
        base64.encodeToString(storedKey),
        base64.encodeToString(serverKey));
  }

  /**
   * Reads {@link #field}.
   *
   * @throws IllegalArgumentException when it is not one
   */
  static ScramKeys parse(String field) {
    String[] parts = field.split(",", -1);
    if (parts.length != FIELDS) {
      throw new IllegalArgumentException("four parts are expected");
    }
    return read(parts, 0);
  }

  /** Reads the last four of a line's five fields. */
  static ScramKeys old(String[] fields) {
    return read(fields, 1);
  }

  private static ScramKeys read(String[] parts, int from) {
    return new ScramKeys(
        Integer.parseInt(parts[from]),
        User.decode(parts[from + 1]),
        User.decode(parts[from + 2]),
        User.decode(parts[from + 3]));
  }

  /** Says no key. */
  @Override
  public String toString() {
    return "ScramKeys[...]";
  }
}
