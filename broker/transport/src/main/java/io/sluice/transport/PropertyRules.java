package io.sluice.transport;

/**
 * Which properties of MQTT 5 a client may put into which packet, and how their values are encoded
 * (section 2.2.2.2). Sets of properties are bits of a {@code long}: the highest identifier is 0x2A.
 */
final class PropertyRules {
  static final int PAYLOAD_FORMAT_INDICATOR = 0x01;
  static final int MESSAGE_EXPIRY_INTERVAL = 0x02;
  static final int CONTENT_TYPE = 0x03;
  static final int RESPONSE_TOPIC = 0x08;
  static final int CORRELATION_DATA = 0x09;
  static final int SUBSCRIPTION_IDENTIFIER = 0x0B;
  static final int SESSION_EXPIRY_INTERVAL = 0x11;
  static final int AUTHENTICATION_METHOD = 0x15;
  static final int AUTHENTICATION_DATA = 0x16;
  static final int REQUEST_PROBLEM_INFORMATION = 0x17;
  static final int WILL_DELAY_INTERVAL = 0x18;
  static final int REQUEST_RESPONSE_INFORMATION = 0x19;
  static final int REASON_STRING = 0x1F;
  static final int RECEIVE_MAXIMUM = 0x21;
  static final int TOPIC_ALIAS_MAXIMUM = 0x22;
  static final int TOPIC_ALIAS = 0x23;
  static final int USER_PROPERTY = 0x26;
  static final int MAXIMUM_PACKET_SIZE = 0x27;

  private static final long OF_MESSAGES =
      set(
          PAYLOAD_FORMAT_INDICATOR,
          MESSAGE_EXPIRY_INTERVAL,
          CONTENT_TYPE,
          RESPONSE_TOPIC,
          CORRELATION_DATA,
          USER_PROPERTY);

  static final long CONNECT =
      set(
          SESSION_EXPIRY_INTERVAL,
          AUTHENTICATION_METHOD,
          AUTHENTICATION_DATA,
          REQUEST_PROBLEM_INFORMATION,
          REQUEST_RESPONSE_INFORMATION,
          RECEIVE_MAXIMUM,
          TOPIC_ALIAS_MAXIMUM,
          USER_PROPERTY,
          MAXIMUM_PACKET_SIZE);
  static final long WILL = OF_MESSAGES | set(WILL_DELAY_INTERVAL);

  /** With the Subscription Identifier, which {@link PublishDesk} refuses by its own clause. */
  static final long PUBLISH = OF_MESSAGES | set(TOPIC_ALIAS, SUBSCRIPTION_IDENTIFIER);

  static final long SUBSCRIBE = set(SUBSCRIPTION_IDENTIFIER, USER_PROPERTY);
  static final long UNSUBSCRIBE = set(USER_PROPERTY);
  static final long ACKNOWLEDGEMENT = set(REASON_STRING, USER_PROPERTY);
  static final long DISCONNECT = ACKNOWLEDGEMENT | set(SESSION_EXPIRY_INTERVAL);
  static final long AUTH = ACKNOWLEDGEMENT | set(AUTHENTICATION_METHOD, AUTHENTICATION_DATA);

  /** How a value is encoded. */
  enum Form {
    BYTE,
    TWO_BYTES,
    FOUR_BYTES,
    VARIABLE_INTEGER,
    /** Text or binary data: two bytes of length before it. */
    COUNTED,
    /** Two texts. */
    PAIR
  }

  private PropertyRules() {}

  static long set(int... identifiers) {
    long bits = 0;
    for (int identifier : identifiers) {
      bits |= 1L << identifier;
    }
    return bits;
  }

  static boolean contains(long set, int identifier) {
    return identifier < Long.SIZE && (set >> identifier & 1) != 0;
  }

  /** Of a property that is in one of the sets. */
  static Form form(int identifier) {
    return switch (identifier) {
      case PAYLOAD_FORMAT_INDICATOR, REQUEST_PROBLEM_INFORMATION, REQUEST_RESPONSE_INFORMATION ->
          Form.BYTE;
      case RECEIVE_MAXIMUM, TOPIC_ALIAS_MAXIMUM, TOPIC_ALIAS -> Form.TWO_BYTES;
      case MESSAGE_EXPIRY_INTERVAL,
          SESSION_EXPIRY_INTERVAL,
          WILL_DELAY_INTERVAL,
          MAXIMUM_PACKET_SIZE ->
          Form.FOUR_BYTES;
      case SUBSCRIPTION_IDENTIFIER -> Form.VARIABLE_INTEGER;
      case USER_PROPERTY -> Form.PAIR;
      default -> Form.COUNTED;
    };
  }
}
