package io.sluice.transport;

/**
 * Bounds of one network connection, and what is on offer over it. Immutable: each {@code with}
 * makes a changed copy, so that a new limit is a field and two methods here and nothing elsewhere.
 */
public final class TransportLimits implements Cloneable {
  /** As the MQTT standard has it, with generous limits. */
  public static final TransportLimits STANDARD = new TransportLimits();

  /** The limits of AWS IoT Core: AWS IoT Developer Guide, "Message broker and protocol limits". */
  public static final TransportLimits AWS =
      STANDARD
          .withPacketBytesMax(149_504) // as observed in its CONNACK: payload, topic, properties
          .withPayloadBytesMax(128 << 10)
          .withUserPropertyBytesMax(8 << 10)
          .withCorrelationBytesMax(8 << 10)
          .withTopicLevelsMax(8) // seven slashes
          .withTopicBytesMax(256)
          .withTopicAliasMaximum(8)
          .withMaximumQos(1)
          .withSubscriptionIdsAvailable(false)
          .withKeepAliveSecondsMin(30)
          .withKeepAliveSecondsMax(1_200)
          .withReceiveMaximum(100)
          .withFiltersPerSubscribeMax(8)
          .withClientIdBytesMax(128)
          .withMessageExpirySecondsMax(604_800)
          .withInboxWindowMax(100)
          .withAwsQuirks(true);

  // Packets
  private int packetBytesMax = 1 << 20;
  private int payloadBytesMax = Integer.MAX_VALUE;
  private int userPropertiesMax = 256;
  private int userPropertyBytesMax = 64 << 10;
  private int correlationBytesMax = 65_535;

  // Topics
  private int topicLevelsMax = 64;
  private int topicBytesMax = 65_535;
  private int topicAliasMaximum = 16;

  // What is on offer
  private int maximumQos = 2;
  private boolean retainAvailable = true;
  private boolean wildcardsAvailable = true;
  private boolean subscriptionIdsAvailable = true;
  private boolean sharedAvailable = true;
  private boolean payloadFormatChecked;

  // Sessions
  private int keepAliveSecondsMin;
  private int keepAliveSecondsMax;
  private int receiveMaximum = 100;
  private int filtersPerSubscribeMax = 256;
  private int clientIdBytesMax = 1_024;
  private long messageExpirySecondsMax;
  private long messageExpirySecondsDefault;
  private boolean awsQuirks;
  private boolean lifecycleEvents = true;

  // Connections
  private int connectionsMax = 200_000;
  private int connectTimeoutMillis = 10_000;
  private int queuedMax = 10_000;
  private int outboundBytesMax = 1 << 20;
  private int inboxWindowMax = 256;

  // Before a client is let in
  private int connectBytesMax = 128 << 10;
  private long unadmittedBytesMax = 64 << 20;
  private int unadmittedMax = 10_000;
  private int addressUnadmittedMax = 1_000;
  private int addressConnectionsMax = 20_000;
  private int connectsPerSecondMax = 10_000;
  private int addressConnectsPerSecondMax = 500;
  private int handshakesMax = 2_000;
  private int refusedKept = 200;

  private TransportLimits() {}

  // ---- Packets

  /** The largest packet that is read; announced to MQTT 5 clients [MQTT-3.2.2-15]. */
  public int packetBytesMax() {
    return packetBytesMax;
  }

  public TransportLimits withPacketBytesMax(int packetBytesMax) {
    TransportLimits copy = copy();
    copy.packetBytesMax = packetBytesMax;
    return copy;
  }

  /** The largest payload of a PUBLISH; the packet's own limit counts its header too. */
  public int payloadBytesMax() {
    return payloadBytesMax;
  }

  public TransportLimits withPayloadBytesMax(int payloadBytesMax) {
    TransportLimits copy = copy();
    copy.payloadBytesMax = payloadBytesMax;
    return copy;
  }

  /** User properties of one packet. */
  public int userPropertiesMax() {
    return userPropertiesMax;
  }

  public TransportLimits withUserPropertiesMax(int userPropertiesMax) {
    TransportLimits copy = copy();
    copy.userPropertiesMax = userPropertiesMax;
    return copy;
  }

  /** Bytes of the names and values of one packet's user properties. */
  public int userPropertyBytesMax() {
    return userPropertyBytesMax;
  }

  public TransportLimits withUserPropertyBytesMax(int userPropertyBytesMax) {
    TransportLimits copy = copy();
    copy.userPropertyBytesMax = userPropertyBytesMax;
    return copy;
  }

  /** Bytes of the correlation data. */
  public int correlationBytesMax() {
    return correlationBytesMax;
  }

  public TransportLimits withCorrelationBytesMax(int correlationBytesMax) {
    TransportLimits copy = copy();
    copy.correlationBytesMax = correlationBytesMax;
    return copy;
  }

  // ---- Topics

  /** Levels of a topic name or filter. */
  public int topicLevelsMax() {
    return topicLevelsMax;
  }

  public TransportLimits withTopicLevelsMax(int topicLevelsMax) {
    TransportLimits copy = copy();
    copy.topicLevelsMax = topicLevelsMax;
    return copy;
  }

  /** Bytes of a topic name or filter in UTF-8 [MQTT-4.7.3-3]. */
  public int topicBytesMax() {
    return topicBytesMax;
  }

  public TransportLimits withTopicBytesMax(int topicBytesMax) {
    TransportLimits copy = copy();
    copy.topicBytesMax = topicBytesMax;
    return copy;
  }

  /** Aliases a client may set for what it publishes; announced [MQTT-3.2.2-17]. */
  public int topicAliasMaximum() {
    return topicAliasMaximum;
  }

  public TransportLimits withTopicAliasMaximum(int topicAliasMaximum) {
    TransportLimits copy = copy();
    copy.topicAliasMaximum = topicAliasMaximum;
    return copy;
  }

  // ---- What is on offer

  /** The highest QoS a client may publish with; announced when below 2 [MQTT-3.2.2-9]. */
  public int maximumQos() {
    return maximumQos;
  }

  public TransportLimits withMaximumQos(int maximumQos) {
    TransportLimits copy = copy();
    copy.maximumQos = maximumQos;
    return copy;
  }

  /** Whether messages may be retained; announced when not [MQTT-3.2.2-14]. */
  public boolean retainAvailable() {
    return retainAvailable;
  }

  public TransportLimits withRetainAvailable(boolean retainAvailable) {
    TransportLimits copy = copy();
    copy.retainAvailable = retainAvailable;
    return copy;
  }

  /** Whether a payload that says it is UTF-8 must be so; else 0x99. */
  public boolean payloadFormatChecked() {
    return payloadFormatChecked;
  }

  public TransportLimits withPayloadFormatChecked(boolean payloadFormatChecked) {
    TransportLimits copy = copy();
    copy.payloadFormatChecked = payloadFormatChecked;
    return copy;
  }

  /** Whether filters may have wildcards; announced when not. */
  public boolean wildcardsAvailable() {
    return wildcardsAvailable;
  }

  public TransportLimits withWildcardsAvailable(boolean wildcardsAvailable) {
    TransportLimits copy = copy();
    copy.wildcardsAvailable = wildcardsAvailable;
    return copy;
  }

  /** Whether a SUBSCRIBE may carry an identifier; announced when not. */
  public boolean subscriptionIdsAvailable() {
    return subscriptionIdsAvailable;
  }

  public TransportLimits withSubscriptionIdsAvailable(boolean subscriptionIdsAvailable) {
    TransportLimits copy = copy();
    copy.subscriptionIdsAvailable = subscriptionIdsAvailable;
    return copy;
  }

  /** Whether {@code $share/} filters may be subscribed to; announced when not. */
  public boolean sharedAvailable() {
    return sharedAvailable;
  }

  public TransportLimits withSharedAvailable(boolean sharedAvailable) {
    TransportLimits copy = copy();
    copy.sharedAvailable = sharedAvailable;
    return copy;
  }

  // ---- Sessions

  /** The shortest keep alive a client gets. */
  public int keepAliveSecondsMin() {
    return keepAliveSecondsMin;
  }

  public TransportLimits withKeepAliveSecondsMin(int keepAliveSecondsMin) {
    TransportLimits copy = copy();
    copy.keepAliveSecondsMin = keepAliveSecondsMin;
    return copy;
  }

  /**
   * The longest silence a client may ask for; 0: no limit. Announced as Server Keep Alive
   * [MQTT-3.2.2-21].
   */
  public int keepAliveSecondsMax() {
    return keepAliveSecondsMax;
  }

  public TransportLimits withKeepAliveSecondsMax(int keepAliveSecondsMax) {
    TransportLimits copy = copy();
    copy.keepAliveSecondsMax = keepAliveSecondsMax;
    return copy;
  }

  /**
   * QoS 1 and 2 publications of a client that are not acknowledged yet; announced [MQTT-3.3.4-7].
   */
  public int receiveMaximum() {
    return receiveMaximum;
  }

  public TransportLimits withReceiveMaximum(int receiveMaximum) {
    TransportLimits copy = copy();
    copy.receiveMaximum = receiveMaximum;
    return copy;
  }

  /** Filters in one SUBSCRIBE. */
  public int filtersPerSubscribeMax() {
    return filtersPerSubscribeMax;
  }

  public TransportLimits withFiltersPerSubscribeMax(int filtersPerSubscribeMax) {
    TransportLimits copy = copy();
    copy.filtersPerSubscribeMax = filtersPerSubscribeMax;
    return copy;
  }

  /** Bytes of a client identifier in UTF-8. */
  public int clientIdBytesMax() {
    return clientIdBytesMax;
  }

  public TransportLimits withClientIdBytesMax(int clientIdBytesMax) {
    TransportLimits copy = copy();
    copy.clientIdBytesMax = clientIdBytesMax;
    return copy;
  }

  /** The longest expiry that a publisher may give a message; 0: no limit. */
  public long messageExpirySecondsMax() {
    return messageExpirySecondsMax;
  }

  public TransportLimits withMessageExpirySecondsMax(long messageExpirySecondsMax) {
    TransportLimits copy = copy();
    copy.messageExpirySecondsMax = messageExpirySecondsMax;
    return copy;
  }

  /** How long a message lives that says nothing about it; 0: for ever. */
  public long messageExpirySecondsDefault() {
    return messageExpirySecondsDefault;
  }

  public TransportLimits withMessageExpirySecondsDefault(long messageExpirySecondsDefault) {
    TransportLimits copy = copy();
    copy.messageExpirySecondsDefault = messageExpirySecondsDefault;
    return copy;
  }

  /**
   * Whether AWS IoT Core is followed also where that is not a matter of a limit: reserved client
   * identifiers and topics, QoS 2 in a SUBSCRIBE, retained messages for filters with wildcards.
   */
  public boolean awsQuirks() {
    return awsQuirks;
  }

  public TransportLimits withAwsQuirks(boolean awsQuirks) {
    TransportLimits copy = copy();
    copy.awsQuirks = awsQuirks;
    return copy;
  }

  /** Whether {@code $aws/events/} tells of clients that come, go, subscribe and unsubscribe. */
  public boolean lifecycleEvents() {
    return lifecycleEvents;
  }

  public TransportLimits withLifecycleEvents(boolean lifecycleEvents) {
    TransportLimits copy = copy();
    copy.lifecycleEvents = lifecycleEvents;
    return copy;
  }

  // ---- Connections

  /** Network connections in all. */
  public int connectionsMax() {
    return connectionsMax;
  }

  public TransportLimits withConnectionsMax(int connectionsMax) {
    TransportLimits copy = copy();
    copy.connectionsMax = connectionsMax;
    return copy;
  }

  /** How long a peer may take until its CONNECT is complete. */
  public int connectTimeoutMillis() {
    return connectTimeoutMillis;
  }

  public TransportLimits withConnectTimeoutMillis(int connectTimeoutMillis) {
    TransportLimits copy = copy();
    copy.connectTimeoutMillis = connectTimeoutMillis;
    return copy;
  }

  /**
   * QoS 1 messages that wait in memory for a connected client that is slow to acknowledge; more are
   * dropped and counted.
   */
  public int queuedMax() {
    return queuedMax;
  }

  public TransportLimits withQueuedMax(int queuedMax) {
    TransportLimits copy = copy();
    copy.queuedMax = queuedMax;
    return copy;
  }

  /**
   * Bytes that wait for a slow socket; beyond, QoS 0 is dropped and counted, QoS 1 waits in its
   * queue.
   */
  public int outboundBytesMax() {
    return outboundBytesMax;
  }

  public TransportLimits withOutboundBytesMax(int outboundBytesMax) {
    TransportLimits copy = copy();
    copy.outboundBytesMax = outboundBytesMax;
    return copy;
  }

  /** Messages of an inbox under way, when the client's own receive maximum is larger. */
  public int inboxWindowMax() {
    return inboxWindowMax;
  }

  public TransportLimits withInboxWindowMax(int inboxWindowMax) {
    TransportLimits copy = copy();
    copy.inboxWindowMax = inboxWindowMax;
    return copy;
  }

  // ---- Before a client is let in

  /** Bytes of a packet before CONNACK; a will message alone may have 65,535. */
  public int connectBytesMax() {
    return connectBytesMax;
  }

  public TransportLimits withConnectBytesMax(int connectBytesMax) {
    TransportLimits copy = copy();
    copy.connectBytesMax = connectBytesMax;
    return copy;
  }

  /** Bytes that all connections not let in yet hold together. */
  public long unadmittedBytesMax() {
    return unadmittedBytesMax;
  }

  public TransportLimits withUnadmittedBytesMax(long unadmittedBytesMax) {
    TransportLimits copy = copy();
    copy.unadmittedBytesMax = unadmittedBytesMax;
    return copy;
  }

  /** Connections that are not let in yet, in all. */
  public int unadmittedMax() {
    return unadmittedMax;
  }

  public TransportLimits withUnadmittedMax(int unadmittedMax) {
    TransportLimits copy = copy();
    copy.unadmittedMax = unadmittedMax;
    return copy;
  }

  /** Connections of one source address that are not let in yet; 0: no limit. Loopback has none. */
  public int addressUnadmittedMax() {
    return addressUnadmittedMax;
  }

  public TransportLimits withAddressUnadmittedMax(int addressUnadmittedMax) {
    TransportLimits copy = copy();
    copy.addressUnadmittedMax = addressUnadmittedMax;
    return copy;
  }

  /** Connections of one source address; 0: no limit. Loopback has none. */
  public int addressConnectionsMax() {
    return addressConnectionsMax;
  }

  public TransportLimits withAddressConnectionsMax(int addressConnectionsMax) {
    TransportLimits copy = copy();
    copy.addressConnectionsMax = addressConnectionsMax;
    return copy;
  }

  /** New connections a second, in all; twice as many may come at once. 0: no limit. */
  public int connectsPerSecondMax() {
    return connectsPerSecondMax;
  }

  public TransportLimits withConnectsPerSecondMax(int connectsPerSecondMax) {
    TransportLimits copy = copy();
    copy.connectsPerSecondMax = connectsPerSecondMax;
    return copy;
  }

  /**
   * New connections a second of one source address; twice as many may come at once. 0: no limit.
   * Loopback has none.
   */
  public int addressConnectsPerSecondMax() {
    return addressConnectsPerSecondMax;
  }

  public TransportLimits withAddressConnectsPerSecondMax(int addressConnectsPerSecondMax) {
    TransportLimits copy = copy();
    copy.addressConnectsPerSecondMax = addressConnectsPerSecondMax;
    return copy;
  }

  /** TLS handshakes at once; more wait. */
  public int handshakesMax() {
    return handshakesMax;
  }

  public TransportLimits withHandshakesMax(int handshakesMax) {
    TransportLimits copy = copy();
    copy.handshakesMax = handshakesMax;
    return copy;
  }

  /** Refused connections that are remembered. */
  public int refusedKept() {
    return refusedKept;
  }

  public TransportLimits withRefusedKept(int refusedKept) {
    TransportLimits copy = copy();
    copy.refusedKept = refusedKept;
    return copy;
  }

  private TransportLimits copy() {
    try {
      return (TransportLimits) clone();
    } catch (CloneNotSupportedException never) {
      throw new AssertionError(never);
    }
  }
}
