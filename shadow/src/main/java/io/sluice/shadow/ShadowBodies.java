package io.sluice.shadow;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * The documents that peers read. Times are in seconds. Source: AWS IoT Developer Guide, "Device
 * Shadow service documents" and "Device Shadow MQTT topics".
 */
final class ShadowBodies {
  private ShadowBodies() {}

  /** {@code get/accepted}, and what HTTP answers to GET. */
  static byte[] document(ShadowDocument document, long seconds, @Nullable String clientToken) {
    ObjectNode state = document.state();
    document.delta().ifPresent(delta -> state.set("delta", delta));
    return new JsonBody(1024)
        .json("state", ShadowJson.write(state))
        .json("metadata", ShadowMetadata.write(document.metadata()))
        .number("version", document.version())
        .number("timestamp", seconds)
        .textIfAny("clientToken", clientToken)
        .end();
  }

  /**
   * {@code update/accepted}: what was asked, nulls and all.
   *
   * @param asked the update's state as it is written
   */
  static byte[] accepted(ShadowUpdate update, byte[] asked, long version, long seconds) {
    return new JsonBody()
        .json("state", asked)
        .json("metadata", ShadowMetadata.write(ShadowMetadata.of(update.state(), seconds)))
        .number("version", version)
        .number("timestamp", seconds)
        .textIfAny("clientToken", update.clientToken())
        .end();
  }

  /** {@code update/delta}: all that is outstanding, with the times of {@code desired}. */
  static byte[] delta(
      ObjectNode delta, ShadowDocument document, long seconds, @Nullable String clientToken) {
    ObjectNode stamps = ShadowMetadata.restrict(document.desired().metadata(), delta);
    return new JsonBody()
        .number("version", document.version())
        .number("timestamp", seconds)
        .json("state", ShadowJson.write(delta))
        .json("metadata", ShadowMetadata.write(stamps))
        .textIfAny("clientToken", clientToken)
        .end();
  }

  /**
   * {@code update/documents}: before and after; the first version of a shadow has no before.
   *
   * @param previous one of {@link #version}, null when there was none
   */
  static byte[] documents(
      byte @Nullable [] previous, byte[] current, long seconds, @Nullable String clientToken) {
    JsonBody body = new JsonBody(current.length + (previous == null ? 0 : previous.length) + 128);
    if (previous != null) {
      body.json("previous", previous);
    }
    return body.json("current", current)
        .number("timestamp", seconds)
        .textIfAny("clientToken", clientToken)
        .end();
  }

  /** One version, as {@code update/documents} holds two. */
  static byte[] version(ShadowDocument document, byte[] stateJson) {
    byte[] metadata = ShadowMetadata.write(document.metadata());
    return new JsonBody(stateJson.length + metadata.length + 64)
        .json("state", stateJson)
        .json("metadata", metadata)
        .number("version", document.version())
        .end();
  }

  /** {@code delete/accepted}: the version that was deleted. */
  static byte[] deleted(long version, long seconds, @Nullable String clientToken) {
    return new JsonBody()
        .number("version", version)
        .number("timestamp", seconds)
        .textIfAny("clientToken", clientToken)
        .end();
  }

  /** {@code rejected}; a shadow that is not there has no time either. */
  static byte[] rejected(ShadowError error, long seconds, @Nullable String clientToken) {
    JsonBody body = new JsonBody().number("code", error.code()).text("message", error.message());
    if (error.code() != 404) {
      body.number("timestamp", seconds);
    }
    return body.textIfAny("clientToken", clientToken).end();
  }
}
