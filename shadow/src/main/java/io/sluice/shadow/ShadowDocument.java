package io.sluice.shadow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One version of a shadow: what is desired, what the device reported, and when each part was last
 * mentioned. A value: changing it makes the next version. Source: AWS IoT Developer Guide, "Device
 * Shadow service documents".
 *
 * @param version counts accepted updates from 1; 0 before the first
 * @param desired what the device should become
 * @param reported what the device said it is
 */
record ShadowDocument(long version, Section desired, Section reported) {

  /** Before the first update. */
  static final ShadowDocument NONE = new ShadowDocument(0, Section.EMPTY, Section.EMPTY);

  /**
   * A half of a shadow; empty means that it is not there. The trees are shared between versions and
   * never changed.
   *
   * @param value the state
   * @param metadata its times, see {@link ShadowMetadata}
   */
  record Section(ObjectNode value, ObjectNode metadata) {
    static final Section EMPTY =
        new Section(JsonNodeFactory.instance.objectNode(), JsonNodeFactory.instance.objectNode());

    private Section merge(@Nullable JsonNode patch, long seconds) {
      if (patch == null) {
        return this;
      }
      if (patch instanceof ObjectNode object) {
        return new Section(
            ShadowMerge.merge(value, object), ShadowMetadata.merge(metadata, object, seconds));
      }
      return EMPTY;
    }
  }

  /** A shadow that was deleted: no state, but its version goes on. */
  static ShadowDocument deleted(long version) {
    return new ShadowDocument(version, Section.EMPTY, Section.EMPTY);
  }

  /** Whether an update may change this version: it names it, or none. */
  boolean accepts(ShadowUpdate update) {
    return update.version() == null || update.version() == version;
  }

  /** The next version. Also an update that changes nothing makes one. */
  ShadowDocument apply(ShadowUpdate update, long seconds) {
    if (update.clears()) {
      return deleted(version + 1);
    }
    return new ShadowDocument(
        version + 1,
        desired.merge(update.section(ShadowUpdate.DESIRED), seconds),
        reported.merge(update.section(ShadowUpdate.REPORTED), seconds));
  }

  /** What the device has still to do; empty when nothing. */
  Optional<ObjectNode> delta() {
    return ShadowDelta.between(desired.value, reported.value);
  }

  /** The state with those halves that hold something. */
  ObjectNode state() {
    return halves(desired.value, reported.value);
  }

  /** The metadata with those halves that hold something. */
  ObjectNode metadata() {
    ObjectNode metadata = JsonNodeFactory.instance.objectNode();
    if (!desired.value.isEmpty()) {
      metadata.set(ShadowUpdate.DESIRED, desired.metadata);
    }
    if (!reported.value.isEmpty()) {
      metadata.set(ShadowUpdate.REPORTED, reported.metadata);
    }
    return metadata;
  }

  /** The document of a version, from its {@link #state} and {@link #metadata}. */
  static ShadowDocument of(long version, JsonNode state, JsonNode metadata) {
    return new ShadowDocument(
        version,
        section(state, metadata, ShadowUpdate.DESIRED),
        section(state, metadata, ShadowUpdate.REPORTED));
  }

  private static Section section(JsonNode state, JsonNode metadata, String name) {
    return state.get(name) instanceof ObjectNode value
            && metadata.get(name) instanceof ObjectNode stamps
        ? new Section(value, stamps)
        : Section.EMPTY;
  }

  private static ObjectNode halves(ObjectNode desired, ObjectNode reported) {
    ObjectNode state = JsonNodeFactory.instance.objectNode();
    if (!desired.isEmpty()) {
      state.set(ShadowUpdate.DESIRED, desired);
    }
    if (!reported.isEmpty()) {
      state.set(ShadowUpdate.REPORTED, reported);
    }
    return state;
  }
}
