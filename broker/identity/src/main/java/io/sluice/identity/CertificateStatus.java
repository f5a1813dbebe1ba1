package io.sluice.identity;

/** The life of a registered certificate. Only {@link #ACTIVE} may connect. */
public enum CertificateStatus {
  ACTIVE,
  INACTIVE,
  REVOKED,
  /** Known, and waiting for somebody to decide. */
  PENDING_ACTIVATION,
  PENDING_TRANSFER,
  REGISTER_INACTIVE;

  /** Whether {@code UpdateCertificate} may set it; the others are set by what leads to them. */
  boolean isSettable() {
    return this == ACTIVE || this == INACTIVE || this == REVOKED;
  }
}
