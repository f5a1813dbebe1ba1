package io.sluice.outbound;

import io.sluice.firehose.ObjectTarget;

/**
 * What the operator decides about the world outside.
 *
 * @param addresses which may be reached
 * @param credentials by their names
 * @param confirmed whether an HTTP destination must confirm that it wants messages
 * @param region of signatures, where an action names none
 * @param objects where {@code s3} writes without an endpoint
 * @param functions those that have endpoints of the operator's
 * @param watch where what rules watch is shown
 */
public record OutboundSettings(
    Addresses addresses,
    CredentialsFile credentials,
    boolean confirmed,
    String region,
    ObjectTarget objects,
    Functions functions,
    Watch watch) {

  /** Functions that the operator gave endpoints. Any thread. */
  public interface Functions {
    boolean has(String functionArn);

    /** Waits. Fails with {@link io.sluice.sql.LookupFailed} alone. */
    byte[] invoke(String functionArn, byte[] json);
  }

  /** The gateway's own metrics, alarms and log. Any thread; none waits. */
  public interface Watch {
    /** Sets a metric; false when there are too many. */
    boolean metric(String namespace, String name, String unit, double value);

    void alarm(String name, String state, String reason);

    void log(String group, String text);
  }
}
