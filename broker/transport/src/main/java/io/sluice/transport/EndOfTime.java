package io.sluice.transport;

import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Ends a connection when that by which its client proved itself has expired: a token, a signed URL.
 * Event loop only.
 */
final class EndOfTime {
  /** A later end is looked at again then: timers are for what is near. */
  private static final long MILLIS_MAX = TimeUnit.HOURS.toMillis(1);

  private EndOfTime() {}

  /** Watches until the channel closes; costs nothing where there is no end. */
  static void watch(
      MqttConnection connection, Channel channel, Gatekeeper.Permissions permissions) {
    long ends = permissions.endsMillis();
    if (ends == Long.MAX_VALUE || !channel.isOpen()) {
      return;
    }
    long left = ends - System.currentTimeMillis();
    if (left <= 0) {
      connection.end(
          permissions.endsByAuthorizer() ? Reason.AUTHORIZED_TIME : Reason.MAXIMUM_CONNECT_TIME,
          "what it proved itself with has expired");
      return;
    }
    ScheduledFuture<?> timer =
        channel
            .eventLoop()
            .schedule(
                () -> watch(connection, channel, permissions),
                Math.min(left, MILLIS_MAX),
                TimeUnit.MILLISECONDS);
    channel.closeFuture().addListener(closed -> timer.cancel(false));
  }
}
