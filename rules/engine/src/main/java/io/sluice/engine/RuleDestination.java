package io.sluice.engine;

/**
 * An HTTP destination of rules, and whether it has said that it wants messages. Source: AWS IoT API
 * Reference, "TopicRuleDestination".
 *
 * @param statusReason why it is not enabled; else empty
 */
public record RuleDestination(
    String arn,
    String confirmationUrl,
    RuleDestinations.Status status,
    String statusReason,
    long createdAtMillis,
    long updatedAtMillis) {}
