package io.sluice.transport;

/**
 * Why a client does not come in: a {@link Fault} that decides the reason code, a word for counters,
 * and a sentence. A peer's mistake, so without a stack trace.
 */
final class ConnectRefused extends Exception {

  /** The faults that CONNACK can name; older versions name six of them. */
  enum Fault {
    MALFORMED(Fault.CLOSE, 0x81),
    PROTOCOL_ERROR(Fault.CLOSE, 0x82),
    VERSION(1, 0x84),
    IDENTIFIER(2, 0x85),
    CREDENTIALS(4, 0x86),
    NOT_AUTHORIZED(5, 0x87),
    UNAVAILABLE(3, 0x88),
    BUSY(3, 0x89),
    AUTHENTICATION_METHOD(5, 0x8C),
    TOPIC_NAME(Fault.CLOSE, 0x90),
    PACKET_TOO_LARGE(Fault.CLOSE, 0x95),
    QUOTA(3, 0x97),
    PAYLOAD_FORMAT(Fault.CLOSE, 0x99),
    RETAIN(3, 0x9A),
    QOS(3, 0x9B),
    USE_ANOTHER_SERVER(3, 0x9C),
    SERVER_MOVED(3, 0x9D);

    /** In place of a code of older versions: they close without a word [MQTT3-3.1.4-1]. */
    static final int CLOSE = -1;

    private final int code3;
    private final int code5;

    Fault(int code3, int code5) {
      this.code3 = code3;
      this.code5 = code5;
    }

    /** The same fault where it would end a connection that is let in. */
    static Fault of(Reason reason) {
      for (Fault fault : values()) {
        if (fault.code5 == (reason.code() & 0xFF)) {
          return fault;
        }
      }
      return UNAVAILABLE;
    }

    /** The return code of MQTT 3.1 and 3.1.1 [MQTT3-3.2.2-4], or {@link #CLOSE}. */
    int code3() {
      return code3;
    }

    /** The reason code of MQTT 5 (section 3.2.2.2). */
    int code5() {
      return code5;
    }
  }

  private final Fault fault;
  private final String word;

  ConnectRefused(Fault fault, String word, String why) {
    super(why, null, false, false);
    this.fault = fault;
    this.word = word;
  }

  static ConnectRefused malformed(String why) {
    return new ConnectRefused(Fault.MALFORMED, "malformed_connect", why);
  }

  static ConnectRefused protocolError(String why) {
    return new ConnectRefused(Fault.PROTOCOL_ERROR, "malformed_connect", why);
  }

  Fault fault() {
    return fault;
  }

  /** One of a few fixed words. */
  String word() {
    return word;
  }

  String why() {
    return String.valueOf(getMessage());
  }
}
