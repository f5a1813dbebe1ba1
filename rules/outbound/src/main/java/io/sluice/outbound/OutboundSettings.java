package io.sluice.outbound;

/**
 * What the operator decides about the world outside.
 *
 * @param addresses which may be reached
 * @param credentials by their names
 * @param confirmed whether an HTTP destination must confirm that it wants messages
 * @param region of signatures, where an action names none
 */
public record OutboundSettings(
    Addresses addresses, CredentialsFile credentials, boolean confirmed, String region) {}
