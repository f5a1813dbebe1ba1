package io.sluice.session;

import io.sluice.message.Publication;
import io.sluice.message.Stamps;
import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The wills of one partition's clients: a row each, from the CONNECT to the day the will is
 * published or taken back. A will is published in the same record that ends the connection, so a
 * crash forgets none and doubles none [MQTT-3.1.2-8].
 *
 * <p>Owner thread of the partition only, each method within a turn.
 */
final class Wills {
  static final String TIMER = "will-delay";
  private static final int PAGE = 512;

  private final Ingress ingress;
  private final Stamps stamps;
  private final SessionCounters counters;
  private final Map<String, WillRow> left = new HashMap<>();

  Wills(Ingress ingress, Stamps stamps, SessionCounters counters) {
    this.ingress = ingress;
    this.stamps = stamps;
    this.counters = counters;
  }

  /** How many there are, of clients that are there and of those that are gone. */
  int count() {
    return left.size();
  }

  /** A client is let in and leaves a will, or none. */
  void leave(Turn turn, String clientId, @Nullable Publication message, long delaySeconds) {
    if (message != null) {
      write(turn, clientId, new WillRow(message, delaySeconds, 0));
    }
  }

  /**
   * The client's connection has ended.
   *
   * @param revoked it said goodbye [MQTT-3.14.4-3], or may no longer publish
   * @param expirySeconds how long its session goes on: no will waits longer than that
   */
  void connectionEnded(Turn turn, String clientId, boolean revoked, long expirySeconds) {
    WillRow will = left.get(clientId);
    if (will == null) {
      return;
    }
    long delay = Math.min(will.delaySeconds(), expirySeconds);
    if (revoked) {
      forget(turn, clientId, will);
    } else if (delay == 0) {
      publish(turn, clientId, will);
    } else {
      WillRow waiting = will.due(turn.now() + delay * 1000);
      write(turn, clientId, waiting);
      turn.schedule(TIMER, waiting.dueMillis(), utf8(clientId));
    }
  }

  /**
   * The client is back in its session before the delay has passed [MQTT-3.1.3-9], or an operator
   * wants its will no more.
   */
  void revoke(Turn turn, String clientId) {
    WillRow will = left.get(clientId);
    if (will != null) {
      forget(turn, clientId, will);
    }
  }

  /** Its session has ended: a will that waits is published now [MQTT-3.1.2-8]. */
  void sessionEnded(Turn turn, String clientId) {
    WillRow will = left.get(clientId);
    if (will != null && will.dueMillis() != 0) {
      publish(turn, clientId, will);
    }
  }

  /** The timer has fired. */
  void due(Turn turn, byte[] key) {
    String clientId = new String(key, StandardCharsets.UTF_8);
    WillRow will = left.get(clientId);
    if (will != null && will.dueMillis() != 0 && will.dueMillis() <= turn.now()) {
      publish(turn, clientId, will);
    }
  }

  /** Reads what an earlier life left. */
  void load(Turn turn) {
    byte[] from = new byte[0];
    byte[] end = Keys.after(new byte[] {(byte) 0xFF});
    List<Row> page;
    do {
      page = turn.range(SessionTables.WILLS, from, end, PAGE);
      for (Row row : page) {
        left.put(new String(row.key(), StandardCharsets.UTF_8), WillRow.decode(row.value()));
        from = Keys.of().raw(row.key()).raw(new byte[1]).bytes();
      }
    } while (page.size() == PAGE);
  }

  /** After {@link #load}: the clients with a will whose connection lived when the process ended. */
  Set<String> clientsThatWereOnline() {
    Set<String> clients = new HashSet<>();
    left.forEach(
        (clientId, will) -> {
          if (will.dueMillis() == 0) {
            clients.add(clientId);
          }
        });
    return clients;
  }

  private void publish(Turn turn, String clientId, WillRow will) {
    forget(turn, clientId, will);
    Publication message = will.message();
    counters.willsPublished.increment();
    ingress.append(
        turn,
        new Publication(
            message.topic(),
            message.payload(),
            message.qos(),
            message.retain(),
            message.properties(),
            message.origin(),
            stamps.next()));
  }

  private void write(Turn turn, String clientId, WillRow will) {
    left.put(clientId, will);
    turn.put(SessionTables.WILLS, utf8(clientId), will.encode());
  }

  private void forget(Turn turn, String clientId, WillRow will) {
    left.remove(clientId);
    turn.delete(SessionTables.WILLS, utf8(clientId));
    if (will.dueMillis() != 0) {
      turn.cancel(TIMER, will.dueMillis(), utf8(clientId));
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
