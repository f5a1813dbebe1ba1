package io.sluice.api;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Tells devices and tools which host to talk to: all endpoints are this gateway. */
final class EndpointOperation {
  private static final Set<String> TYPES =
      Set.of("iot:Data-ATS", "iot:Data", "iot:Jobs", "iot:CredentialProvider");

  private EndpointOperation() {}

  /**
   * @param configured a host name; null: the one the caller reached us by
   */
  static void addTo(Operations operations, @Nullable String configured) {
    operations
        .control()
        .add(
            "GET",
            "/endpoint",
            Operation.read(
                Family.IOT,
                "DescribeEndpoint",
                call -> {
                  String type = call.parameter("endpointType");
                  if (type != null && !TYPES.contains(type)) {
                    throw Family.IOT.invalid(
                        "endpointType '%s' is unknown; use iot:Data-ATS".formatted(type));
                  }
                  return CompletableFuture.completedFuture(
                      Reply.of(
                          Reply.object()
                              .put(
                                  "endpointAddress",
                                  configured == null ? host(call) : configured)));
                }));
  }

  private static String host(Call call) {
    String authority = call.head().header("host");
    if (authority == null) {
      return "localhost";
    }
    int bracket = authority.lastIndexOf(']'); // of an IPv6 address
    int colon = authority.lastIndexOf(':');
    return colon > bracket ? authority.substring(0, colon) : authority;
  }
}
