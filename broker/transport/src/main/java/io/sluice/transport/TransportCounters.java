package io.sluice.transport;

import io.sluice.message.QoS;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What happened on network connections, counted since the start of the process. Any thread. */
public final class TransportCounters {
  public final LongAdder connectionsOpen = new LongAdder();
  public final LongAdder sessionsOpen = new LongAdder();

  /** Connections that asked an MQTT port for HTTP and were handed to that server. */
  public final LongAdder spliced = new LongAdder();

  public final LongAdder publishReceivedQos0 = new LongAdder();
  public final LongAdder publishReceivedQos1 = new LongAdder();
  public final LongAdder publishReceivedQos2 = new LongAdder();
  public final LongAdder publishSent = new LongAdder();
  public final LongAdder publishersPaused = new LongAdder();
  public final LongAdder bytesReceived = new LongAdder();
  public final LongAdder bytesSent = new LongAdder();

  private final ConcurrentHashMap<String, LongAdder> refused = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, LongAdder> closed = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, LongAdder> dropped = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, LongAdder> denied = new ConcurrentHashMap<>();

  /** A PUBLISH came in. */
  void publishReceived(QoS qos) {
    switch (qos) {
      case AT_MOST_ONCE -> publishReceivedQos0.increment();
      case AT_LEAST_ONCE -> publishReceivedQos1.increment();
      case EXACTLY_ONCE -> publishReceivedQos2.increment();
    }
  }

  /** A connection that was not let in; {@code reason} is one of a few fixed words. */
  void refused(String reason) {
    refused.computeIfAbsent(reason, r -> new LongAdder()).increment();
  }

  /** A connection that was let in and is closed. */
  void closed(String reason) {
    closed.computeIfAbsent(reason, r -> new LongAdder()).increment();
  }

  /** A message that one receiver did not get. */
  void dropped(String reason) {
    dropped.computeIfAbsent(reason, r -> new LongAdder()).increment();
  }

  /** Something a policy denied. */
  void denied(String action) {
    denied.computeIfAbsent(action, r -> new LongAdder()).increment();
  }

  public Map<String, Long> refusedByReason() {
    return sums(refused);
  }

  public Map<String, Long> closedByReason() {
    return sums(closed);
  }

  public Map<String, Long> droppedByReason() {
    return sums(dropped);
  }

  public Map<String, Long> deniedByAction() {
    return sums(denied);
  }

  private static Map<String, Long> sums(Map<String, LongAdder> adders) {
    Map<String, Long> sums = new TreeMap<>();
    adders.forEach((key, adder) -> sums.put(key, adder.sum()));
    return sums;
  }
}
