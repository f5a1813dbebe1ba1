/**
 * Certificate authority, server and device certificates, and checks of X.509 (Bouncy Castle): a
 * library and a command line.
 *
 * <p>It knows no other room. Read first: CertificateAuthority, CertsCommand, PemFiles.
 */
@NullMarked
package io.sluice.certs;

import org.jspecify.annotations.NullMarked;
