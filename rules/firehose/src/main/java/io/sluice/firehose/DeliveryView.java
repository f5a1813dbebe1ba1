package io.sluice.firehose;

import java.util.Map;

/** A delivery stream as it was at one instant; any thread. */
record DeliveryView(
    String name,
    long createdMillis,
    long version,
    long updatedMillis,
    Destination destination,
    Map<String, String> tags,
    DeliveryState state) {}
