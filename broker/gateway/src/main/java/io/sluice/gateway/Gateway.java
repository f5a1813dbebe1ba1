package io.sluice.gateway;

import ch.qos.logback.classic.Level;
import io.sluice.store.DataDirectory;
import io.sluice.transport.RefusedConnections;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running gateway: the rooms on their data directory, and the listeners before them. Starts whole
 * or not at all; closes once, in the order listeners, rooms, store.
 */
final class Gateway implements AutoCloseable {
  private final Rooms rooms;
  private final GatewayCertificates certificates;
  private final RuleFolder files;
  private final Listeners listeners;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Gateway(
      Rooms rooms, GatewayCertificates certificates, RuleFolder files, Listeners listeners) {
    this.rooms = rooms;
    this.certificates = certificates;
    this.files = files;
    this.listeners = listeners;
  }

  /**
   * Starts a gateway.
   *
   * @throws RuntimeException that {@link Refusals} knows, when the operator has to change something
   */
  static Gateway start(GatewayConfig config) {
    if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)
        instanceof ch.qos.logback.classic.Logger root) {
      root.setLevel(Level.toLevel(config.text(Setting.LOG_LEVEL), Level.INFO));
    }
    DataDirectory directory =
        DataDirectory.open(
            Path.of(config.text(Setting.DATA_DIR)), config.number(Setting.PARTITIONS));
    Rooms rooms = null;
    RuleFolder files = null;
    try {
      GatewayCertificates certificates =
          GatewayCertificates.ensure(
              directory.certs(), List.of(config.text(Setting.TLS_NAMES).split(",", -1)));
      rooms = Rooms.open(config, directory);
      files = RuleFolder.open(config, rooms.rules);
      Listeners listeners = Listeners.open(config, rooms, files, certificates);
      return new Gateway(rooms, certificates, files, listeners);
    } catch (RuntimeException refused) {
      if (files != null) {
        files.close();
      }
      if (rooms != null) {
        rooms.close();
      } else {
        directory.close();
      }
      throw refused;
    }
  }

  /** The line that tools wait for. */
  String readyLine() {
    return "SLUICE READY " + listeners.ready();
  }

  int port(String listener) {
    return listeners.ready().path(listener).asInt();
  }

  /** The last connections that were not let in, the latest first. */
  List<RefusedConnections.Refused> refused() {
    return listeners.mqtt().refused().latestFirst();
  }

  Rooms rooms() {
    return rooms;
  }

  GatewayCertificates certificates() {
    return certificates;
  }

  /**
   * Takes no more work, lets what is logged have its effects, and closes the store. Within a few
   * seconds; a second call does nothing.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      listeners.close();
      files.close();
      rooms.close();
    }
  }
}
