package io.sluice.certs;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Why a certificate is good no more: the words and codes of RFC 5280, 5.3.1. */
public enum RevocationReason {
  UNSPECIFIED("unspecified", 0),
  KEY_COMPROMISE("keyCompromise", 1),
  CA_COMPROMISE("cACompromise", 2),
  AFFILIATION_CHANGED("affiliationChanged", 3),
  SUPERSEDED("superseded", 4),
  CESSATION_OF_OPERATION("cessationOfOperation", 5),
  CERTIFICATE_HOLD("certificateHold", 6),
  PRIVILEGE_WITHDRAWN("privilegeWithdrawn", 9);

  private final String label;
  private final int code;

  RevocationReason(String label, int code) {
    this.label = label;
    this.code = code;
  }

  /** As RFC 5280 spells it. */
  public String label() {
    return label;
  }

  int code() {
    return code;
  }

  /**
   * The reason of this label.
   *
   * @throws IllegalArgumentException naming all labels
   */
  public static RevocationReason of(String label) {
    for (RevocationReason reason : values()) {
      if (reason.label.equalsIgnoreCase(label)) {
        return reason;
      }
    }
    throw new IllegalArgumentException(
        "reason '%s' is not known; use one of %s"
            .formatted(
                label,
                Arrays.stream(values())
                    .map(RevocationReason::label)
                    .collect(Collectors.joining(", "))));
  }

  @Override
  public String toString() {
    return label;
  }
}
