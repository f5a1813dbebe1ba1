/**
 * Who a device is and what it may do: certificate to thing to policy.
 *
 * <p>It knows no Netty pipeline and no MQTT packets. Read first: Registry, PolicyDocument,
 * Authorizer.
 */
@NullMarked
package io.sluice.identity;

import org.jspecify.annotations.NullMarked;
