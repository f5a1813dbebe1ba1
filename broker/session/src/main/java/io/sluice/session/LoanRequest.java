package io.sluice.session;

/**
 * A publication for a member of a shared subscription that is not persistent.
 *
 * @param group {@code $share/{ShareName}/{filter}}
 * @param encoded the publication as it stands in the log
 * @param retain the RETAIN flag it is delivered with
 */
public record LoanRequest(
    String group, Subscription member, Shipment shipment, byte[] encoded, boolean retain) {}
