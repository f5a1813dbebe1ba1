package io.sluice.gateway;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Everything that can be set, with its default: each is a key of {@code sluice.yaml}, a flag {@code
 * --key} and an environment variable {@code SLUICE_KEY}. A flag wins over the environment, the
 * environment over the file.
 */
enum Setting {
  DATA_DIR("data-dir", Kind.TEXT, "sluice-data", "folder for all durable state; made when missing"),
  DEV(
      "dev",
      Kind.FLAG,
      "false",
      "adds plain listeners on loopback where anybody may do anything, and the access key test/test"),
  HOST("host", Kind.TEXT, "0.0.0.0", "address that the TLS listeners bind"),
  MQTT_PORT(
      "mqtt-port",
      Kind.PORT,
      "1883",
      "plain MQTT, only with --dev, only on loopback; 0 picks a free port"),
  MQTTS_PORT("mqtts-port", Kind.PORT, "8883", "MQTT over mutual TLS; 0 picks a free port"),
  WS_PORT(
      "ws-port", Kind.PORT, "8083", "plain MQTT over WebSocket, only with --dev, only on loopback"),
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
  PACKET_BYTES_MAX(
      "packet-bytes-max",
      Kind.COUNT,
      "1048576",
      "largest MQTT packet, bytes; announced to MQTT 5 clients"),
  RECEIVE_MAXIMUM(
      "receive-maximum",
      Kind.COUNT,
      "100",
      "publications of one client that are not acknowledged yet; announced"),
  CONNECT_TIMEOUT_MILLIS(
      "connect-timeout-millis",
      Kind.COUNT,
      "10000",
      "how long a peer may take until its CONNECT is complete"),
  KEEP_ALIVE_SECONDS_MAX(
      "keep-alive-seconds-max", Kind.COUNT, "0", "longest keep alive a client gets; 0: no limit"),
  SUBSCRIPTIONS_MAX("subscriptions-max", Kind.COUNT, "1000", "subscriptions of one client"),
  QUEUED_MAX(
      "queued-max",
      Kind.COUNT,
      "10000",
      "QoS 1 messages that wait in memory for a connected slow client without a persistent session"),
  CONNECTIONS_MAX("connections-max", Kind.COUNT, "200000", "network connections in all"),
  INBOX_MESSAGES_MAX(
      "inbox-messages-max",
      Kind.COUNT,
      "50000000",
      "messages that wait for one offline session; more are dropped and counted"),
  RETAINED_MAX("retained-max", Kind.COUNT, "1000000", "retained messages in all"),
  SESSION_EXPIRY_SECONDS_MAX(
      "session-expiry-seconds-max",
      Kind.COUNT,
      "4294967295",
      "longest a session outlives its connection; 4294967295: for ever"),
  INGRESS_RETAIN_RECORDS(
      "ingress-retain-records",
      Kind.COUNT,
      "0",
      "carried records that each partition of the ingress log keeps"),
  LOG_LEVEL("log-level", Kind.TEXT, "info", "error, warn, info, debug");

  /** What a value looks like. */
  enum Kind {
    TEXT("TEXT"),
    FLAG(""),
    PORT("PORT"),
    COUNT("N");

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
  private final String description;

  Setting(String key, Kind kind, String absent, String description) {
    this.key = key;
    this.kind = kind;
    this.absent = absent;
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
