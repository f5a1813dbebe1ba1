/**
 * The world outside the process, as actions of rules reach it: one client for each kind of
 * destination, that tries a message and says how it went.
 *
 * <p>It keeps no message: the outbox of the engine does, and calls on workers that may wait. It
 * decides what may be reached ({@link io.sluice.outbound.Addresses}) and with which credentials
 * ({@link io.sluice.outbound.CredentialsFile}).
 *
 * <p>Read first: Outbound, Client, HttpClient.
 */
@NullMarked
package io.sluice.outbound;

import org.jspecify.annotations.NullMarked;
