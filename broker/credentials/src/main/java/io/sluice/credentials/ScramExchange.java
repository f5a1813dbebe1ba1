package io.sluice.credentials;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one SCRAM-SHA-256 exchange without channel binding (RFC 5802, section 5; RFC
 * 7677). Computes a few hashes, never PBKDF2, and reads no file, so it may run on an event loop.
 * One thread at a time.
 */
public final class ScramExchange {
  public static final String MECHANISM = "SCRAM-SHA-256";

  private static final int MESSAGE_BYTES_MAX = 2_048;
  private static final int NONCE_BYTES = 18;
  private static final String HEADER = "n,,";
  private static final String HEADER_BASE64 = "biws"; // of HEADER
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String WRONG = "user name or password is wrong";

  private final Users users;
  private final String serverNonce;
  private State state = State.FIRST;
  private @Nullable ScramKeys keys; // null: nobody of that name
  private String userName = "";
  private String clientFirstBare = "";
  private String serverFirst = "";
  private String nonce = "";

  private enum State {
    FIRST,
    FINAL,
    OVER
  }

  /** What comes next: exactly one of {@code failure} and {@code data} is there. */
  public record Outcome(byte[] data, @Nullable String user, @Nullable String failure) {
    static Outcome failed(String why) {
      return new Outcome(new byte[0], null, why);
    }
  }

  public ScramExchange(Users users) {
    this(users, nonce());
  }

  ScramExchange(Users users, String serverNonce) {
    this.users = users;
    this.serverNonce = serverNonce;
  }

  private static String nonce() {
    byte[] random = new byte[NONCE_BYTES];
    RANDOM.nextBytes(random);
    return Base64.getEncoder().encodeToString(random); // holds no comma
  }

  /** The client's next message. An outcome without user and failure is a challenge. */
  public Outcome next(byte[] message) {
    State now = state;
    state = State.OVER;
    if (now == State.OVER || message.length == 0 || message.length > MESSAGE_BYTES_MAX) {
      return Outcome.failed(
          "SCRAM: a message of 1 to %d bytes is due, the client's first with CONNECT"
              .formatted(MESSAGE_BYTES_MAX));
    }
    String text = new String(message, StandardCharsets.UTF_8);
    return now == State.FIRST ? first(text) : last(text);
  }

  private Outcome first(String text) {
    if (!text.startsWith(HEADER)) {
      return Outcome.failed(
          "SCRAM: the message must begin with 'n,,'; channel binding and another authorization"
              + " identity are not offered");
    }
    clientFirstBare = text.substring(HEADER.length());
    String[] parts = clientFirstBare.split(",", -1);
    if (parts.length < 2
        || !parts[0].startsWith("n=")
        || parts[0].length() == 2
        || !isNonce(parts[1])) {
      return Outcome.failed("SCRAM: the first message is not 'n,,n=NAME,r=NONCE'");
    }
    String name = parts[0].substring(2);
    User user = users.find(name);
    ScramKeys known = user == null ? null : user.scram();
    keys = known;
    userName = name;
    byte[] salt = known == null ? users.saltOfNobody(name) : known.salt();
    int iterations = known == null ? ScramKeys.ITERATIONS : known.iterations();
    nonce = parts[1].substring(2) + serverNonce;
    serverFirst =
        "r=%s,s=%s,i=%d".formatted(nonce, Base64.getEncoder().encodeToString(salt), iterations);
    state = State.FINAL;
    return new Outcome(serverFirst.getBytes(StandardCharsets.UTF_8), null, null);
  }

  private static boolean isNonce(String part) {
    return part.startsWith("r=")
        && part.length() > 2
        && part.chars().allMatch(c -> c > ' ' && c <= '~');
  }

  private Outcome last(String text) {
    int at = text.lastIndexOf(",p=");
    String[] parts = text.split(",", -1);
    if (at < 0 || parts.length < 3 || !parts[0].startsWith("c=") || !parts[1].startsWith("r=")) {
      return Outcome.failed("SCRAM: the final message is not 'c=BINDING,r=NONCE,p=PROOF'");
    }
    if (!parts[0].equals("c=" + HEADER_BASE64)) {
      return Outcome.failed("SCRAM: the final message repeats another header than the first had");
    }
    if (!parts[1].equals("r=" + nonce)) {
      return Outcome.failed("SCRAM: the final message has another nonce");
    }
    byte[] proof;
    try {
      proof = Base64.getDecoder().decode(text.substring(at + 3));
    } catch (IllegalArgumentException garbled) {
      return Outcome.failed("SCRAM: the proof is not base64");
    }
    ScramKeys known = keys;
    if (proof.length != ScramHash.BYTES) {
      return Outcome.failed(WRONG);
    }
    byte[] said =
        (clientFirstBare + "," + serverFirst + "," + text.substring(0, at))
            .getBytes(StandardCharsets.UTF_8);
    byte[] storedKey = known == null ? new byte[ScramHash.BYTES] : known.storedKey();
    byte[] clientKey = ScramHash.xor(proof, ScramHash.hmac(storedKey, said));
    boolean right = MessageDigest.isEqual(ScramHash.sha256(clientKey), storedKey);
    if (known == null || !right) {
      return Outcome.failed(WRONG); // the same for nobody: names cannot be probed
    }
    String signature = Base64.getEncoder().encodeToString(ScramHash.hmac(known.serverKey(), said));
    return new Outcome(ScramHash.ascii("v=" + signature), userName, null);
  }
}
