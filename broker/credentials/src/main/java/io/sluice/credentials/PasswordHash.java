package io.sluice.credentials;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.DataLengthException;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * A password as it is kept: argon2id (RFC 9106) in the form {@code $argon2id$v=19$m=...,t=...,p=...
 * $salt$hash}, or bcrypt ({@code $2a$}, {@code $2b$}, {@code $2y$}), which other brokers' files
 * have. Bouncy Castle computes; a check takes tens of milliseconds and, for argon2id, the memory
 * that the text says, so never on an event loop.
 *
 * @param text of the one form or the other; what it asks for is bounded
 */
record PasswordHash(String text) {
  /** The first choice of OWASP's Password Storage Cheat Sheet. */
  private static final int MEMORY_KIB = 19_456;

  private static final int PASSES = 2;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;

  private static final int MEMORY_KIB_MAX = 262_144;
  private static final int PASSES_MAX = 16;
  private static final int LANES_MAX = 8;
  private static final int BCRYPT_COST_MAX = 14; // about a second
  private static final int BCRYPT_BYTES_MAX = 72; // it looks at no more

  private static final Pattern ARGON2ID =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,3})"
              + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");
  private static final Pattern BCRYPT = Pattern.compile("\\$2[aby]\\$(\\d\\d)\\$[./A-Za-z0-9]{53}");
  private static final SecureRandom RANDOM = new SecureRandom();

  PasswordHash {
    Matcher argon = ARGON2ID.matcher(text);
    Matcher bcrypt = BCRYPT.matcher(text);
    boolean fits =
        argon.matches()
            ? within(argon, 1, 8, MEMORY_KIB_MAX)
                && within(argon, 2, 1, PASSES_MAX)
                && within(argon, 3, 1, LANES_MAX)
            : bcrypt.matches() && within(bcrypt, 1, 4, BCRYPT_COST_MAX);
    if (!fits) {
      throw new UsersRefused(
          "a password's hash is argon2id ('$argon2id$v=19$m=...,t=...,p=...$salt$hash', at most %d"
                  .formatted(MEMORY_KIB_MAX)
              + " KiB, %d passes, %d lanes) or bcrypt ('$2b$...', cost at most %d); this is neither"
                  .formatted(PASSES_MAX, LANES_MAX, BCRYPT_COST_MAX));
    }
  }

  private static boolean within(Matcher matcher, int group, int min, int max) {
    int value = Integer.parseInt(matcher.group(group));
    return value >= min && value <= max;
  }

  /** Hashes a password with argon2id; slow. */
  static PasswordHash of(byte[] password) {
    byte[] salt = new byte[SALT_BYTES];
    RANDOM.nextBytes(salt);
    byte[] hash = argon2id(password, salt, MEMORY_KIB, PASSES, 1, HASH_BYTES);
    Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
    return new PasswordHash(
        "$argon2id$v=19$m=%d,t=%d,p=1$%s$%s"
            .formatted(
                MEMORY_KIB, PASSES, base64.encodeToString(salt), base64.encodeToString(hash)));
  }

  /** Whether this is the password's hash; slow, and equally so whether it is or not. */
  boolean matches(byte[] password) {
    Matcher argon = ARGON2ID.matcher(text);
    if (argon.matches()) {
      byte[] expected = Base64.getDecoder().decode(argon.group(5));
      byte[] actual =
          argon2id(
              password,
              Base64.getDecoder().decode(argon.group(4)),
              Integer.parseInt(argon.group(1)),
              Integer.parseInt(argon.group(2)),
              Integer.parseInt(argon.group(3)),
              expected.length);
      return MessageDigest.isEqual(expected, actual);
    }
    byte[] looked =
        password.length > BCRYPT_BYTES_MAX ? Arrays.copyOf(password, BCRYPT_BYTES_MAX) : password;
    try {
      return OpenBSDBCrypt.checkPassword(text, looked);
    } catch (DataLengthException | IllegalArgumentException unfit) {
      return false; // no text that bcrypt could have hashed
    }
  }

  private static byte[] argon2id(
      byte[] password, byte[] salt, int memoryKib, int passes, int lanes, int length) {
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withSalt(salt)
            .withMemoryAsKB(memoryKib)
            .withIterations(passes)
            .withParallelism(lanes)
            .build());
    byte[] hash = new byte[length];
    generator.generateBytes(password, hash);
    return hash;
  }

  /** Says no hash. */
  @Override
  public String toString() {
    return "PasswordHash[...]";
  }
}
