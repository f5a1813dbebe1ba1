package io.sluice.session;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one connection of a client.
 *
 * @param thingName the registry's thing that it is, if it is one
 * @param persistent whether its session outlives it
 * @param expirySeconds how long the session does so
 * @param keepAliveSeconds in force; 0: none
 * @param sinceMillis when the client was let in, epoch milliseconds
 * @param source where the client is, behind a proxy if that says so; null when not known
 * @param target where it connected to; null when not known
 */
public record ConnectionFacts(
    String clientId,
    @Nullable String thingName,
    boolean persistent,
    long expirySeconds,
    int keepAliveSeconds,
    long sinceMillis,
    @Nullable InetSocketAddress source,
    @Nullable InetSocketAddress target) {}
