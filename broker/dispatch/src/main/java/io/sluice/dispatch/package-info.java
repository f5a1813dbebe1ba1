/**
 * The way of one publish: the transient and the durable lane, and what carries logged messages to
 * their receivers.
 *
 * <p>It knows no sockets. Read first: PublishPath, IngressConveyor, Matches.
 */
@NullMarked
package io.sluice.dispatch;

import org.jspecify.annotations.NullMarked;
