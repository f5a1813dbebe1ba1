package io.sluice.shadow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * Refuses a report that was overtaken: an update may carry {@code sequence}, a counter or a time of
 * the device, or else {@code timestamp}, and each reported attribute remembers the one it came
 * with. A message that waited in an offline queue then cannot undo a newer one. Ours, not AWS's;
 * off unless asked for. Deleting an attribute forgets its sequence, so that a device cannot grow
 * the row by making up names.
 */
final class StaleReports {
  private static final ObjectNode NONE = JsonNodeFactory.instance.objectNode();

  private StaleReports() {}

  /**
   * The sequences after an update.
   *
   * @throws ShadowRejected when one of its reported attributes is known with a later sequence
   */
  static ObjectNode admit(ObjectNode sequences, ShadowUpdate update) {
    if (update.clears()) {
      return NONE;
    }
    JsonNode reported = update.section(ShadowUpdate.REPORTED);
    Long sequence = update.sequence();
    if (reported == null) {
      return sequences;
    }
    if (sequence != null) {
      refuseOlder("reported", sequences, reported, sequence, update);
    }
    if (!(reported instanceof ObjectNode patch)) {
      return NONE;
    }
    if (sequence == null) {
      return sequences; // a sender that does not count is not compared, and forgets nothing
    }
    LongNode stamp = LongNode.valueOf(sequence);
    return ShadowMerge.merge(sequences, patch, value -> stamp);
  }

  private static void refuseOlder(
      String path, JsonNode known, JsonNode patch, long sequence, ShadowUpdate update) {
    if (known instanceof ObjectNode knownFields && patch instanceof ObjectNode fields) {
      for (Map.Entry<String, JsonNode> field : fields.properties()) {
        JsonNode inner = knownFields.get(field.getKey());
        if (inner != null) {
          refuseOlder(path + "." + field.getKey(), inner, field.getValue(), sequence, update);
        }
      }
      return;
    }
    long newest = newest(known);
    if (newest > sequence) {
      throw new ShadowRejected(
          new ShadowError(
              409,
              "Stale report: '%s' was reported with sequence %d, this update has %d"
                  .formatted(path, newest, sequence)),
          update.clientToken());
    }
  }

  /** Of a value that goes as a whole, the latest of its parts counts. */
  private static long newest(JsonNode known) {
    if (known instanceof ObjectNode fields) {
      long newest = -1;
      for (JsonNode inner : fields) {
        newest = Math.max(newest, newest(inner));
      }
      return newest;
    }
    return known.longValue();
  }
}
