package io.sluice.api;

import io.sluice.message.Origin;

/** What all operations of the data plane share. */
final class DataPlane {
  private DataPlane() {}

  /** Goes on if the caller's policies allow it; the answer tells no more than AWS's does. */
  static void require(Call call, String action, String resource) {
    if (!call.caller().may(action, resource)) {
      throw ApiError.of("ForbiddenException", 403, "Forbidden");
    }
  }

  static Origin origin(Call call) {
    return new Origin(null, call.caller().principal(), call.sourceIp(), Origin.Kind.HTTP, 0);
  }
}
