package io.sluice.gateway;

import io.sluice.session.InboxPolicy;
import io.sluice.session.SessionLimits;
import io.sluice.shadow.ShadowSettings;
import io.sluice.transport.TransportLimits;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be set, with its default: each is a key of {@code sluice.yaml}, a flag {@code
 * --key} and an environment variable {@code SLUICE_KEY}. A flag wins over the environment, the
 * environment over the file. A limit of another room has its default there, see {@link Knob}.
 */
enum Setting {
  DATA_DIR("data-dir", Kind.TEXT, "sluice-data", "folder for all durable state; made when missing"),
  DEV(
      "dev",
      Kind.FLAG,
      "false",
      "adds plain listeners on loopback where anybody may do anything, and the access key"
          + " test/test"),
  HOST("host", Kind.TEXT, "0.0.0.0", "address that the TLS listeners bind"),
  MQTT_PORT(
      "mqtt-port",
      Kind.PORT,
      "1883",
      "plain MQTT, with --dev on loopback, or with plain-text; 0 picks a free port"),
  MQTTS_PORT("mqtts-port", Kind.PORT, "8883", "MQTT over mutual TLS; 0 picks a free port"),
  WS_PORT("ws-port", Kind.PORT, "8083", "plain MQTT over WebSocket, the same"),
  WSS_PORT("wss-port", Kind.PORT, "8884", "MQTT over WebSocket over mutual TLS"),
  HTTP_PORT("http-port", Kind.PORT, "8080", "HTTP API with signed requests, on loopback"),
  HTTPS_PORT("https-port", Kind.PORT, "8443", "HTTPS data plane for devices, mutual TLS"),
  TLS_NAMES(
      "tls-names",
      Kind.TEXT,
      "localhost,127.0.0.1",
      "names and addresses in the server certificate that is made at first start"),
  ACCOUNT_ID("account-id", Kind.TEXT, "000000000000", "account number in ARNs, 12 digits"),
  REGION("region", Kind.TEXT, "local", "region in ARNs and signatures"),
  COMPATIBILITY(
      "compatibility",
      Kind.TEXT,
      "standard",
      "standard: as the MQTT standard says; aws: limits of AWS IoT Core where they differ"),
  PARTITIONS(
      "partitions", Kind.COUNT, "16", "partitions of a new data directory; fixed when it is made"),
  IO_THREADS("io-threads", Kind.COUNT, "0", "event loops; 0: one for each processor"),
  OWNER_THREADS(
      "owner-threads",
      Kind.COUNT,
      "0",
      "threads that own the partitions; 0: one for each processor"),
  // ---- packets of one connection
  PACKET_BYTES_MAX(
      "packet-bytes-max",
      256,
      268_435_460,
      Knob.transport(TransportLimits::packetBytesMax, TransportLimits::withPacketBytesMax),
      "largest MQTT packet, bytes; announced to MQTT 5 clients"),
  PAYLOAD_BYTES_MAX(
      "payload-bytes-max",
      0,
      Integer.MAX_VALUE,
      Knob.transport(TransportLimits::payloadBytesMax, TransportLimits::withPayloadBytesMax),
      "largest payload of a PUBLISH, bytes"),
  USER_PROPERTIES_MAX(
      "user-properties-max",
      0,
      Integer.MAX_VALUE,
      Knob.transport(TransportLimits::userPropertiesMax, TransportLimits::withUserPropertiesMax),
      "user properties of one packet"),
  USER_PROPERTY_BYTES_MAX(
      "user-property-bytes-max",
      0,
      Integer.MAX_VALUE,
      Knob.transport(
          TransportLimits::userPropertyBytesMax, TransportLimits::withUserPropertyBytesMax),
      "names and values of one packet's user properties, bytes"),
  CORRELATION_BYTES_MAX(
      "correlation-bytes-max",
      0,
      65_535,
      Knob.transport(
          TransportLimits::correlationBytesMax, TransportLimits::withCorrelationBytesMax),
      "correlation data of a PUBLISH, bytes"),
  TOPIC_LEVELS_MAX(
      "topic-levels-max",
      1,
      65_535,
      Knob.transport(TransportLimits::topicLevelsMax, TransportLimits::withTopicLevelsMax),
      "levels of a topic name or filter"),
  TOPIC_BYTES_MAX(
      "topic-bytes-max",
      1,
      65_535,
      Knob.transport(TransportLimits::topicBytesMax, TransportLimits::withTopicBytesMax),
      "length of a topic name or filter, bytes"),
  TOPIC_ALIAS_MAXIMUM(
      "topic-alias-maximum",
      0,
      65_535,
      Knob.transport(TransportLimits::topicAliasMaximum, TransportLimits::withTopicAliasMaximum),
      "topic aliases that a client may set; announced"),

  // ---- what is on offer
  MAXIMUM_QOS(
      "maximum-qos",
      0,
      2,
      Knob.transport(TransportLimits::maximumQos, TransportLimits::withMaximumQos),
      "highest QoS a client may publish with; announced"),
  RETAIN_AVAILABLE(
      "retain-available",
      Knob.transportFlag(TransportLimits::retainAvailable, TransportLimits::withRetainAvailable),
      "whether messages may be retained; announced"),
  PAYLOAD_FORMAT_CHECKED(
      "payload-format-checked",
      Knob.transportFlag(
          TransportLimits::payloadFormatChecked, TransportLimits::withPayloadFormatChecked),
      "whether a payload that says it is UTF-8 must be so; else 0x99"),
  WILDCARDS_AVAILABLE(
      "wildcards-available",
      Knob.transportFlag(
          TransportLimits::wildcardsAvailable, TransportLimits::withWildcardsAvailable),
      "whether filters may have wildcards; announced"),
  SUBSCRIPTION_IDS_AVAILABLE(
      "subscription-ids-available",
      Knob.transportFlag(
          TransportLimits::subscriptionIdsAvailable, TransportLimits::withSubscriptionIdsAvailable),
      "whether subscriptions may have identifiers; announced"),
  SHARED_AVAILABLE(
      "shared-available",
      Knob.transportFlag(TransportLimits::sharedAvailable, TransportLimits::withSharedAvailable),
      "whether $share/ filters may be subscribed to; announced"),

  // ---- one client
  CLIENT_ID_BYTES_MAX(
      "client-id-bytes-max",
      23,
      65_535,
      Knob.transport(TransportLimits::clientIdBytesMax, TransportLimits::withClientIdBytesMax),
      "length of a client identifier, bytes"),
  KEEP_ALIVE_SECONDS_MIN(
      "keep-alive-seconds-min",
      0,
      65_535,
      Knob.transport(
          TransportLimits::keepAliveSecondsMin, TransportLimits::withKeepAliveSecondsMin),
      "shortest keep alive a client gets; announced"),
  KEEP_ALIVE_SECONDS_MAX(
      "keep-alive-seconds-max",
      0,
      65_535,
      Knob.transport(
          TransportLimits::keepAliveSecondsMax, TransportLimits::withKeepAliveSecondsMax),
      "longest keep alive a client gets; 0: no limit; announced"),
  RECEIVE_MAXIMUM(
      "receive-maximum",
      1,
      65_535,
      Knob.transport(TransportLimits::receiveMaximum, TransportLimits::withReceiveMaximum),
      "publications of one client that are not acknowledged yet; announced"),
  INFLIGHT_MAX(
      "inflight-max",
      1,
      65_535,
      Knob.transport(TransportLimits::inboxWindowMax, TransportLimits::withInboxWindowMax),
      "messages of a persistent session under way to its client, when that would take more"),
  SUBSCRIPTIONS_MAX(
      "subscriptions-max",
      0,
      Integer.MAX_VALUE,
      Knob.session(
          SessionLimits::subscriptionsMax,
          (limits, most) -> limits.withSubscriptionsMax((int) most)),
      "subscriptions of one client"),
  FILTERS_PER_SUBSCRIBE_MAX(
      "filters-per-subscribe-max",
      1,
      Integer.MAX_VALUE,
      Knob.transport(
          TransportLimits::filtersPerSubscribeMax, TransportLimits::withFiltersPerSubscribeMax),
      "filters in one SUBSCRIBE"),
  MESSAGE_EXPIRY_SECONDS_MAX(
      "message-expiry-seconds-max",
      0,
      0xFFFF_FFFFL,
      Knob.transportLong(
          TransportLimits::messageExpirySecondsMax, TransportLimits::withMessageExpirySecondsMax),
      "longest expiry a publisher may give a message; 0: no limit"),
  MESSAGE_EXPIRY_SECONDS_DEFAULT(
      "message-expiry-seconds-default",
      0,
      0xFFFF_FFFFL,
      Knob.transportLong(
          TransportLimits::messageExpirySecondsDefault,
          TransportLimits::withMessageExpirySecondsDefault),
      "how long a message lives that says nothing about it; 0: for ever"),

  LIFECYCLE_EVENTS(
      "lifecycle-events",
      Knob.transportFlag(TransportLimits::lifecycleEvents, TransportLimits::withLifecycleEvents),
      "whether $aws/events/ tells of clients that come, go, subscribe and unsubscribe"),

  // ---- connections
  CONNECTIONS_MAX(
      "connections-max",
      1,
      Integer.MAX_VALUE,
      Knob.transport(TransportLimits::connectionsMax, TransportLimits::withConnectionsMax),
      "network connections in all"),
  CONNECT_TIMEOUT_MILLIS(
      "connect-timeout-millis",
      1,
      Integer.MAX_VALUE,
      Knob.transport(
          TransportLimits::connectTimeoutMillis, TransportLimits::withConnectTimeoutMillis),
      "how long a peer may take until its CONNECT is complete"),
  CONNECT_BYTES_MAX(
      "connect-bytes-max",
      256,
      Integer.MAX_VALUE,
      Knob.transport(TransportLimits::connectBytesMax, TransportLimits::withConnectBytesMax),
      "largest packet of a client that is not let in yet, bytes"),
  UNADMITTED_BYTES_MAX(
      "unadmitted-bytes-max",
      1_024,
      Long.MAX_VALUE,
      Knob.transportLong(
          TransportLimits::unadmittedBytesMax, TransportLimits::withUnadmittedBytesMax),
      "bytes that all clients not let in yet hold together"),
  UNADMITTED_MAX(
      "unadmitted-max",
      1,
      Integer.MAX_VALUE,
      Knob.transport(TransportLimits::unadmittedMax, TransportLimits::withUnadmittedMax),
      "connections whose clients are not let in yet, in all"),
  ADDRESS_UNADMITTED_MAX(
      "address-unadmitted-max",
      0,
      Integer.MAX_VALUE,
      Knob.transport(
          TransportLimits::addressUnadmittedMax, TransportLimits::withAddressUnadmittedMax),
      "the same of one source address, loopback excepted; 0: no limit"),
  ADDRESS_CONNECTIONS_MAX(
      "address-connections-max",
      0,
      Integer.MAX_VALUE,
      Knob.transport(
          TransportLimits::addressConnectionsMax, TransportLimits::withAddressConnectionsMax),
      "connections of one source address, loopback excepted; 0: no limit"),
  CONNECTS_PER_SECOND_MAX(
      "connects-per-second-max",
      0,
      Integer.MAX_VALUE,
      Knob.transport(
          TransportLimits::connectsPerSecondMax, TransportLimits::withConnectsPerSecondMax),
      "new connections a second, twice as many at once; 0: no limit"),
  ADDRESS_CONNECTS_PER_SECOND_MAX(
      "address-connects-per-second-max",
      0,
      Integer.MAX_VALUE,
      Knob.transport(
          TransportLimits::addressConnectsPerSecondMax,
          TransportLimits::withAddressConnectsPerSecondMax),
      "the same of one source address, loopback excepted; 0: no limit"),
  HANDSHAKES_MAX(
      "handshakes-max",
      1,
      Integer.MAX_VALUE,
      Knob.transport(TransportLimits::handshakesMax, TransportLimits::withHandshakesMax),
      "TLS handshakes at once; more wait"),
  REFUSED_KEPT(
      "refused-kept",
      1,
      100_000,
      Knob.transport(TransportLimits::refusedKept, TransportLimits::withRefusedKept),
      "refused connections that 'explain connections' shows"),
  PROXY_PROTOCOL(
      "proxy-protocol",
      Kind.TEXT,
      "none",
      "listeners (of mqtt,mqtts,ws,wss) that expect a header of the PROXY protocol from a load"
          + " balancer"),
  RESPONSE_PREFIX(
      "response-prefix",
      Kind.TEXT,
      "",
      "what the Response Information of a client begins with, before its identifier; empty: none"),
  SERVER_REFERENCE(
      "server-reference",
      Kind.TEXT,
      "",
      "another gateway (host:port) that MQTT 5 clients are told of when this one stops or has"
          + " moved"),
  SERVER_MOVED(
      "server-moved",
      Kind.FLAG,
      "false",
      "sends every client to server-reference for good, instead of letting it in"),
  WEBSOCKET_ORIGINS(
      "websocket-origins",
      Kind.ORIGINS,
      "any",
      "web pages that may open a WebSocket: any, none, or origins like"
          + " https://console.example.com,loopback; certificates count for listed ones alone"),
  CORS_ALLOWED_ORIGINS(
      "cors-allowed-origins",
      Kind.ORIGINS,
      "any",
      "web pages that may use the HTTP API and read its answers, the same (CORS); with dev, any"
          + " means loopback"),
  // ---- who may come in
  WAYS_IN(
      "ways-in",
      Kind.TEXT,
      "certificate",
      "how clients may prove who they are: some of "
          + "certificate,scram,password,jwt,sigv4,authorizer, with commas"),
  WSS_CERTIFICATES(
      "wss-certificates",
      Kind.FLAG,
      "false",
      "asks for certificates over WebSocket too when other ways in are open: Chromium's pages then"
          + " connect no more"),
  SCRAM_DEMANDED(
      "scram-demanded",
      Kind.FLAG,
      "false",
      "refuses clients that do not authenticate with SCRAM-SHA-256, whatever else they show"),
  PLAIN_TEXT(
      "plain-text",
      Kind.FLAG,
      "false",
      "opens mqtt-port and ws-port without TLS on the address 'host', for the same ways in:"
          + " passwords can be read on the way"),
  LOGIN_THREADS("login-threads", Kind.COUNT, "2", 1, 64, "threads that check passwords and tokens"),
  LOGINS_WAITING_MAX(
      "logins-waiting-max",
      Kind.COUNT,
      "1000",
      1,
      1_000_000,
      "clients that wait until their password or token is checked; more are told to come later"),
  LOGIN_FAILURES_PER_MINUTE(
      "login-failures-per-minute",
      Kind.COUNT,
      "60",
      0,
      1_000_000,
      "wrong passwords that one source address may show, loopback excepted; 0: no limit"),
  JWT_ISSUER("jwt-issuer", Kind.TEXT, "", "whose tokens are taken: what 'iss' must be"),
  JWT_KEYS(
      "jwt-keys",
      Kind.TEXT,
      "",
      "the issuer's JWK set: an https address, or a file; when empty, where the issuer's"
          + " .well-known/openid-configuration says"),
  JWT_ISSUERS_FILE(
      "jwt-issuers-file",
      Kind.TEXT,
      "",
      "file with more issuers, each with its keys, audience and policies; none when empty"),
  JWT_AUDIENCE("jwt-audience", Kind.TEXT, "", "what must be among 'aud'"),
  JWT_ALGORITHMS(
      "jwt-algorithms",
      Kind.TEXT,
      "RS256,PS256,ES256",
      "signatures that are taken, of RS, PS and ES with 256, 384 and 512"),
  JWT_LEEWAY_SECONDS(
      "jwt-leeway-seconds", Kind.COUNT, "10", 0, 300, "how far the issuer's clock may be off"),
  JWT_NAME_CLAIM("jwt-name-claim", Kind.TEXT, "sub", "the claim that names who it is"),
  JWT_POLICIES(
      "jwt-policies",
      Kind.TEXT,
      "",
      "what tokens allow: POLICY for all of them, CLAIM=VALUE:POLICY for some; by comma or a list"),
  AUTHORIZER_PRIVATE_ADDRESSES(
      "authorizer-private-addresses",
      Kind.FLAG,
      "false",
      "whether custom authorizers may be in private networks and on this machine"),
  AUTHORIZER_CACHE_SECONDS(
      "authorizer-cache-seconds",
      Kind.COUNT,
      "30",
      0,
      300,
      "how long an authorizer's yes is good for a client that shows the same again; 0: not at all"),
  TLS_CERTIFICATES(
      "tls-certificates",
      Kind.TEXT,
      "none",
      "more server certificates by host name (SNI): PEM files NAME.pem with NAME.key.pem beside,"
          + " comma between"),
  TLS_PROVIDER(
      "tls-provider",
      Kind.TEXT,
      "boringssl",
      "who computes TLS: boringssl, or jdk, which is slower and takes Ed25519 keys from devices"),
  REVOCATION_CHECK(
      "revocation-check",
      Kind.TEXT,
      "off",
      "whether devices' authorities are asked (OCSP, lists their certificates name) if they are"
          + " revoked: off, soft (who cannot be asked about comes in), hard (does not)"),
  REVOCATION_LISTS(
      "revocation-lists",
      Kind.TEXT,
      "none",
      "revocation lists in PEM or DER, or folders of *.crl, comma between; read again when they"
          + " change"),
  REVOCATION_REFRESH_SECONDS(
      "revocation-refresh-seconds",
      Kind.COUNT,
      "3600",
      "how long an authority's answer or a fetched list is relied on, at most"),
  REVOCATION_TIMEOUT_MILLIS(
      "revocation-timeout-millis",
      Kind.COUNT,
      "3000",
      "how long an authority's answer is waited for; shorter than connect-timeout-millis"),
  TLS_RELOAD_SECONDS(
      "tls-reload-seconds",
      Kind.COUNT,
      "10",
      "how often changed server certificates are looked for; 0: never"),
  QUEUED_MAX(
      "queued-max",
      0,
      Integer.MAX_VALUE,
      Knob.transport(TransportLimits::queuedMax, TransportLimits::withQueuedMax),
      "messages that wait in memory for a connected slow client without a persistent session"),
  OUTBOUND_BYTES_MAX(
      "outbound-bytes-max",
      4_096,
      Integer.MAX_VALUE,
      Knob.transport(TransportLimits::outboundBytesMax, TransportLimits::withOutboundBytesMax),
      "bytes that wait for a slow socket"),

  // ---- what is kept
  INBOX_MESSAGES_MAX(
      "inbox-messages-max",
      1,
      Long.MAX_VALUE,
      Knob.session(SessionLimits::inboxMessagesMax, SessionLimits::withInboxMessagesMax),
      "messages that wait for one persistent session"),
  INBOX_BYTES_MAX(
      "inbox-bytes-max",
      1,
      Long.MAX_VALUE,
      Knob.session(SessionLimits::inboxBytesMax, SessionLimits::withInboxBytesMax),
      "bytes that wait for one persistent session"),
  INBOX_POLICY(
      "inbox-policy",
      Knob.sessionChoice(
          InboxPolicy.class, SessionLimits::inboxPolicy, SessionLimits::withInboxPolicy),
      "what a full inbox does: drop-oldest, drop-newest, or reject (the publisher is told)"),
  INBOX_QOS0(
      "inbox-qos0",
      Knob.sessionFlag(SessionLimits::inboxQos0, SessionLimits::withInboxQos0),
      "whether QoS 0 messages wait for offline sessions too"),
  RETAINED_MAX(
      "retained-max",
      0,
      Long.MAX_VALUE,
      Knob.session(SessionLimits::retainedMax, SessionLimits::withRetainedMax),
      "retained messages in all"),
  RETAINED_BYTES_MAX(
      "retained-bytes-max",
      0,
      Long.MAX_VALUE,
      Knob.session(SessionLimits::retainedBytesMax, SessionLimits::withRetainedBytesMax),
      "payloads of all retained messages, bytes"),
  SESSION_EXPIRY_SECONDS_MAX(
      "session-expiry-seconds-max",
      0,
      0xFFFF_FFFFL,
      Knob.session(SessionLimits::expirySecondsMax, SessionLimits::withExpirySecondsMax),
      "longest a session outlives its connection; 4294967295: for ever; announced"),

  // ---- what is denied to everybody
  DENY_PUBLISH(
      "deny-publish",
      Kind.FILTERS,
      "",
      "topic filters that nobody publishes to, by comma or a list"),
  DENY_SUBSCRIBE(
      "deny-subscribe",
      Kind.FILTERS,
      "",
      "topic filters that nobody subscribes to, nor to a part of them; a wider filter is taken"),
  DENY_RECEIVE("deny-receive", Kind.FILTERS, "", "topic filters that nobody receives from"),

  // ---- the gateway
  INGRESS_RETAIN_RECORDS(
      "ingress-retain-records",
      Kind.COUNT,
      "0",
      "carried records that each partition of the ingress log keeps"),
  // ---- shadows
  SHADOW_DOCUMENT_BYTES_MAX(
      "shadow-document-bytes-max",
      2,
      16 << 20,
      Knob.shadow(s -> s.limits().documentBytesMax(), ShadowSettings::withDocumentBytesMax),
      "largest state of one shadow, bytes; metadata does not count"),
  SHADOW_LEVELS_MAX(
      "shadow-levels-max",
      1,
      128,
      Knob.shadow(s -> s.limits().levelsMax(), ShadowSettings::withLevelsMax),
      "deepest nesting of a shadow's state"),
  SHADOW_REQUESTS_PER_SECOND_MAX(
      "shadow-requests-per-second-max",
      0,
      1_000_000,
      Knob.shadow(ShadowSettings::requestsPerSecondMax, ShadowSettings::withRequestsPerSecondMax),
      "requests to the shadows of one thing in a second; 0: no limit"),
  SHADOW_HISTORY_VERSIONS(
      "shadow-history-versions",
      0,
      10_000,
      Knob.shadow(ShadowSettings::historyVersions, ShadowSettings::withHistoryVersions),
      "newest versions of each shadow whose past can be read; 0: none"),
  SHADOW_HISTORY_HOURS(
      "shadow-history-hours",
      1,
      87_600,
      Knob.shadow(
          s -> s.historyAge().toHours(),
          (s, hours) -> s.withHistory(s.historyVersions(), Duration.ofHours(hours))),
      "how long an older version of a shadow can be read"),
  SHADOW_TOMBSTONE_HOURS(
      "shadow-tombstone-hours",
      1,
      87_600,
      Knob.shadow(
          s -> s.tombstone().toHours(), (s, hours) -> s.withTombstone(Duration.ofHours(hours))),
      "how long a deleted shadow's version goes on instead of starting again"),
  SHADOW_REFUSE_STALE_REPORTS(
      "shadow-refuse-stale-reports",
      Knob.shadowFlag(ShadowSettings::refuseStaleReports, ShadowSettings::withRefuseStaleReports),
      "refuses a report whose sequence or timestamp is older than that of the same attribute"),
  RULES_DIR(
      "rules-dir",
      Kind.TEXT,
      "",
      "folder whose *.sql files are rules, in force as soon as they change; none when empty"),
  LOOKUPS_FILE(
      "lookups-file",
      Kind.TEXT,
      "",
      "file with the endpoints, tables, secrets and descriptors that rules may ask; none when"
          + " empty"),
  QUESTION_THREADS(
      "question-threads", Kind.COUNT, "16", "threads on which rules wait for somebody's answer"),

  // ---- what rules send out of the process
  OUTBOX_MESSAGES_MAX(
      "outbox-messages-max",
      Kind.COUNT,
      "1000000",
      "messages that wait for one action of a rule that leaves the process"),
  OUTBOX_BYTES_MAX("outbox-bytes-max", Kind.COUNT, "1073741824", "their bytes on disk"),
  OUTBOX_TOTAL_BYTES_MAX(
      "outbox-total-bytes-max",
      Kind.COUNT,
      "8589934592",
      "bytes on disk that wait for all such actions together"),
  OUTBOX_AGE_SECONDS(
      "outbox-age-seconds",
      Kind.COUNT,
      "86400",
      "how long a message is tried before its action has failed"),
  OUTBOX_POLICY(
      "outbox-policy",
      Kind.TEXT,
      "drop",
      "at the bound: drop (counted, the error action runs) or refuse (the publisher is told)"),
  OUTBOX_THREADS(
      "outbox-threads", Kind.COUNT, "128", "calls to the world outside at once, at most"),
  OUTBOX_CALLS_MAX("outbox-calls-max", Kind.COUNT, "8", "calls of one action at once"),
  OUTBOUND_PRIVATE_RANGES(
      "outbound-private-ranges",
      Kind.TEXT,
      "none",
      "loopback and private ranges that actions may reach by HTTP, as 10.0.0.0/8, comma between"),
  DESTINATIONS_CONFIRMED(
      "destinations-confirmed",
      Kind.FLAG,
      "true",
      "whether an HTTP destination must confirm that it wants messages"),
  CREDENTIALS_FILE(
      "credentials-file",
      Kind.TEXT,
      "",
      "file with the credentials that actions name; only its owner may read it"),
  LOG_LEVEL("log-level", Kind.TEXT, "info", "error, warn, info, debug");

  /** What a value looks like. */
  enum Kind {
    TEXT("TEXT"),
    FLAG(""),
    PORT("PORT"),
    COUNT("N"),
    CHOICE("WORD"),
    FILTERS("FILTER,..."),
    ORIGINS("ORIGIN,...");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  private final String key;
  private final Kind kind;
  private final String absent;
  private final long min;
  private final long max;

  @SuppressWarnings("ImmutableEnumChecker") // its functions read and copy; it keeps nothing
  private final @Nullable Knob<?> knob;

  private final String description;

  Setting(String key, Kind kind, String absent, String description) {
    this(key, kind, absent, 0, Long.MAX_VALUE, null, description);
  }

  /** A number of the gateway's own, within bounds. */
  Setting(String key, Kind kind, String absent, long min, long max, String description) {
    this(key, kind, absent, min, max, null, description);
  }

  /** A number that is a limit of another room. */
  Setting(String key, long min, long max, Knob<?> knob, String description) {
    this(key, Kind.COUNT, knob.standard(), min, max, knob, description);
  }

  /** A flag or a choice that is a limit of another room. */
  Setting(String key, Knob<?> knob, String description) {
    this(
        key,
        knob.words().isEmpty() ? Kind.FLAG : Kind.CHOICE,
        knob.standard(),
        0,
        0,
        knob,
        description);
  }

  Setting(
      String key,
      Kind kind,
      String absent,
      long min,
      long max,
      @Nullable Knob<?> knob,
      String description) {
    this.key = key;
    this.kind = kind;
    this.absent = absent;
    this.min = min;
    this.max = max;
    this.knob = knob;
    this.description = description;
  }

  String key() {
    return key;
  }

  Kind kind() {
    return kind;
  }

  /** The default. */
  String absent() {
    return absent;
  }

  /** The default under {@code compatibility: aws}. */
  String absentAws() {
    return knob == null ? absent : knob.aws();
  }

  /** The least number that is taken. */
  long min() {
    return min;
  }

  long max() {
    return max;
  }

  /** The limit that it turns; null when it is the gateway's own. */
  @Nullable Knob<?> knob() {
    return knob;
  }

  String description() {
    return description;
  }

  /** The name of its environment variable. */
  String variable() {
    return "SLUICE_" + key.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  static Optional<Setting> of(String key) {
    return Arrays.stream(values()).filter(setting -> setting.key.equals(key)).findFirst();
  }

  /** The known key that looks most like an unknown one. */
  static String nearest(String unknown) {
    String nearest = DATA_DIR.key;
    int least = Integer.MAX_VALUE;
    for (Setting setting : values()) {
      int distance = distance(unknown, setting.key);
      if (distance < least) {
        least = distance;
        nearest = setting.key;
      }
    }
    return nearest;
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replace, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
