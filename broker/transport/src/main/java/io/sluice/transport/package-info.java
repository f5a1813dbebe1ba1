/**
 * Netty: TCP and TLS pipelines, packets to session calls and back.
 *
 * <p>It decides nothing about messages: that is dispatch's work. Read first: MqttListener,
 * ConnectGate, MqttConnection.
 */
@NullMarked
package io.sluice.transport;

import org.jspecify.annotations.NullMarked;
