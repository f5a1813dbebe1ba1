package io.sluice.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All operations of this gateway: those of SQS, Kinesis and Firehose by name, those of IoT by
 * method and path. Built once, then read by any thread.
 */
final class Operations {
  private final Map<String, Operation> byTarget = new HashMap<>();
  private final RestRoutes control = new RestRoutes();
  private final RestRoutes data = new RestRoutes();
  private final RestRoutes devices = new RestRoutes();

  /** Adds operations that {@code X-Amz-Target} names, {@code prefix.Name}. */
  Operations target(String prefix, List<Operation> operations) {
    for (Operation operation : operations) {
      byTarget.put(prefix + "." + operation.name(), operation);
    }
    return this;
  }

  /** The routes of the control plane, served on the plain port alone. */
  RestRoutes control() {
    return control;
  }

  /** The routes of the data plane, served on both ports. */
  RestRoutes data() {
    return data;
  }

  /** The routes of the mutual-TLS port alone: on the plain one the control plane has the path. */
  RestRoutes devices() {
    return devices;
  }

  /** Every operation, refused ones among them. */
  Stream<Operation> all() {
    return Stream.of(
            byTarget.values().stream(),
            control.operations(),
            data.operations(),
            devices.operations())
        .flatMap(some -> some);
  }

  @Nullable Operation target(String target) {
    return byTarget.get(target);
  }

  /** An operation of SQS's query protocol. */
  @Nullable Operation action(String action) {
    return byTarget.get("AmazonSQS." + action);
  }
}
