package io.sluice.transport;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.sluice.message.QoS;
import io.sluice.store.Buckets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What happened on network connections, counted since the start of the process. Any thread. */
public final class TransportCounters {
  private static final String[] LISTENERS = {"mqtt", "mqtts", "ws", "wss"};
  private static final String[] VERSIONS = {"3.1", "3.1.1", "5"};
  private static final int OLDEST_LEVEL = 3;

  public final LongAdder connectionsOpen = new LongAdder();
  public final LongAdder sessionsOpen = new LongAdder();

  /** Connections that asked an MQTT port for HTTP and were handed to that server. */
  public final LongAdder spliced = new LongAdder();

  public final LongAdder publishReceivedQos0 = new LongAdder();
  public final LongAdder publishReceivedQos1 = new LongAdder();
  public final LongAdder publishReceivedQos2 = new LongAdder();
  private final LongAdder[] publishSent = adders(QoS.values().length);
  public final LongAdder publishersPaused = new LongAdder();
  public final LongAdder bytesReceived = new LongAdder();
  public final LongAdder bytesSent = new LongAdder();

  /** From the arrival of a publication that needs the disk until it has landed, nanoseconds. */
  public final Buckets landNanos = new Buckets();

  /** How late event loops did what was due, nanoseconds. */
  public final Buckets loopLagNanos = new Buckets();

  private final LongAdder[] online = adders(LISTENERS.length * VERSIONS.length);
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

  private static LongAdder[] adders(int count) {
    LongAdder[] adders = new LongAdder[count];
    Arrays.setAll(adders, i -> new LongAdder());
    return adders;
  }

  /** A PUBLISH went out. */
  void sent(int qos) {
    publishSent[qos].increment();
  }

  /** PUBLISH packets that went out with this QoS. */
  public long publishSent(int qos) {
    return publishSent[qos].sum();
  }

  /** PUBLISH packets that went out. */
  public long publishSent() {
    return publishSent(0) + publishSent(1) + publishSent(2);
  }

  /** Counts the clients that are there, by the kind of their listener and their MQTT version. */
  LongAdder online(ChannelPipeline pipeline, int level) {
    int listener =
        (pipeline.get(SslHandler.class) == null ? 0 : 1)
            + (pipeline.get(WebSocketFrames.class) == null ? 0 : 2);
    return online[listener * VERSIONS.length + level - OLDEST_LEVEL];
  }

  /** The clients that are there, by listener ({@code mqtt, mqtts, ws, wss}), then by version. */
  public Map<String, Map<String, Long>> onlineByListener() {
    Map<String, Map<String, Long>> all = new TreeMap<>();
    for (int l = 0; l < LISTENERS.length; l++) {
      Map<String, Long> versions = new TreeMap<>();
      for (int v = 0; v < VERSIONS.length; v++) {
        versions.put(VERSIONS[v], online[l * VERSIONS.length + v].sum());
      }
      all.put(LISTENERS[l], versions);
    }
    return all;
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
