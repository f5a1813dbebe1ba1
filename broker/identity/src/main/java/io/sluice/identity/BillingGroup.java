package io.sluice.identity;

/**
 * A named set of things for which somebody pays; a thing is in one at most.
 *
 * @param id a UUID
 * @param description empty when none was given
 * @param version 1 at first, one more with each update
 */
public record BillingGroup(
    String name, String id, String description, long version, long createdMillis) {}
