package io.sluice.certs;

import org.jspecify.annotations.Nullable;

/**
 * A certificate, key, request or file that is not accepted. Programs read {@link #reason}, people
 * the message: what, where, what was found, what to do next. It never holds a key or a certificate.
 */
public final class CertsRefused extends RuntimeException {

  /** Why, as a fixed word. */
  public enum Reason {
    /** The bytes are not what they should be: not PEM, not DER, not PKCS#10, cut off. */
    MALFORMED,
    /** The key is too short, or of a kind that is not accepted. */
    WEAK_KEY,
    /** A signature does not fit its key: a certificate signing request that nobody's key signed. */
    BAD_SIGNATURE,
    /** Key and certificate do not belong together, or a certificate is not of this authority. */
    MISMATCH,
    /** The validity has ended. */
    EXPIRED,
    /** A name or subject that cannot be written into a certificate or a file name. */
    INVALID_NAME,
    /** The file is there already and would be lost. */
    EXISTS,
    /** The file is not there. */
    MISSING,
    /** The file system refused. */
    FILE_SYSTEM
  }

  private final Reason reason;

  public CertsRefused(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  CertsRefused(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
