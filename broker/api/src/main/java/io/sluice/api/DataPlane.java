package io.sluice.api;

import io.sluice.identity.Action;
import io.sluice.message.Origin;
import io.sluice.message.TopicName;

/** What all operations of the data plane share. */
final class DataPlane {
  private DataPlane() {}

  /** Goes on if the caller's policies allow it; the answer tells no more than AWS's does. */
  static void require(Call call, Action action, String name) {
    if (!call.caller().may(action, name)) {
      throw ApiError.of("ForbiddenException", 403, "Forbidden");
    }
  }

  /** As {@link #require}, where policies may ask about the topic too: {@code iot:Topic}. */
  static void requireAbout(Call call, Action action, String name, TopicName topic) {
    if (!call.caller().about(topic.toString()).may(action, name)) {
      throw ApiError.of("ForbiddenException", 403, "Forbidden");
    }
  }

  static Origin origin(Call call) {
    return new Origin(null, call.caller().principal(), call.sourceIp(), Origin.Kind.HTTP, 0);
  }
}
