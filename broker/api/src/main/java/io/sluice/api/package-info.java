/**
 * HTTP: the AWS-compatible control and data planes, health and metrics.
 *
 * <p>It holds no state: every request becomes a call to the room that owns the matter, and its
 * answer comes by future, so that no event loop waits. It must not know MQTT sessions or sockets:
 * publications leave through {@link io.sluice.api.HttpPublisher}. The way of a request is {@code
 * ApiService}; what it may ask for is gathered in {@link io.sluice.api.ApiRooms}; who may ask is
 * decided by {@code SignatureV4} and {@code DeviceGate}.
 */
@NullMarked
package io.sluice.api;

import org.jspecify.annotations.NullMarked;
