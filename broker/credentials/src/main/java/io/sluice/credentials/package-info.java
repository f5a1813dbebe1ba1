/**
 * How somebody without a certificate proves who he is: passwords, tokens, and whom else the gateway
 * asks. What is proved becomes a {@link io.sluice.identity.Bearer}; what he then may do is
 * identity's matter.
 *
 * <p>It knows no sockets and no packets. Read first: Proof, Users, PasswordDesk.
 */
@NullMarked
package io.sluice.credentials;

import org.jspecify.annotations.NullMarked;
