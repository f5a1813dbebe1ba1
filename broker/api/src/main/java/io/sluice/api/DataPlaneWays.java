package io.sluice.api;

import org.jspecify.annotations.Nullable;

/**
 * How callers of the data plane may say who they are, as the operator has opened it. A signature on
 * the plain port is not among them: it is always taken there.
 *
 * @param certificates whether a device's certificate counts on the TLS port
 * @param signers whose signatures count on the TLS port; null: nobody's
 * @param bearers who else is let in, on both ports
 */
public record DataPlaneWays(
    boolean certificates, @Nullable AccessKeys signers, HttpBearers bearers) {
  /** Devices with certificates, and nobody else. */
  public static final DataPlaneWays CERTIFICATES = new DataPlaneWays(true, null, HttpBearers.NONE);

  /** Whether the TLS port may do without a certificate. */
  boolean takeMoreThanCertificates() {
    return !certificates || signers != null || bearers != HttpBearers.NONE;
  }
}
