/**
 * MQTT state: subscriptions, in flight, offline messages, retained messages, wills.
 *
 * <p>It knows no sockets and no packets of a codec. Read first: Sessions, Session,
 * RetainedMessages.
 */
@NullMarked
package io.sluice.session;

import org.jspecify.annotations.NullMarked;
