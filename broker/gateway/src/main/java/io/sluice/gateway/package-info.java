/**
 * Configuration, wiring, start, stop and the command line; the only room that sees all others.
 *
 * <p>It holds no behaviour of its own beyond wiring. Read first: Main, Gateway, GatewayConfig.
 */
@NullMarked
package io.sluice.gateway;

import org.jspecify.annotations.NullMarked;
