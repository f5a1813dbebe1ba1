package io.sluice.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

/** A property of a packet of MQTT 5 as it stands on the wire; section 2.2.2.2 names them. */
record Property(int id, byte[] value) {
  static final int PAYLOAD_FORMAT = 0x01;
  static final int MESSAGE_EXPIRY = 0x02;
  static final int CONTENT_TYPE = 0x03;
  static final int RESPONSE_TOPIC = 0x08;
  static final int CORRELATION_DATA = 0x09;
  static final int SUBSCRIPTION_ID = 0x0B;
  static final int SESSION_EXPIRY = 0x11;
  static final int ASSIGNED_CLIENT_ID = 0x12;
  static final int SERVER_KEEP_ALIVE = 0x13;
  static final int AUTH_METHOD = 0x15;
  static final int AUTH_DATA = 0x16;
  static final int REQUEST_PROBLEM = 0x17;
  static final int WILL_DELAY = 0x18;
  static final int REQUEST_RESPONSE = 0x19;
  static final int RESPONSE_INFORMATION = 0x1A;
  static final int SERVER_REFERENCE = 0x1C;
  static final int REASON_STRING = 0x1F;
  static final int RECEIVE_MAXIMUM = 0x21;
  static final int ALIAS_MAXIMUM = 0x22;
  static final int ALIAS = 0x23;
  static final int MAXIMUM_QOS = 0x24;
  static final int RETAIN_AVAILABLE = 0x25;
  static final int USER = 0x26;
  static final int MAXIMUM_PACKET = 0x27;
  static final int WILDCARD_AVAILABLE = 0x28;
  static final int SUBSCRIPTION_ID_AVAILABLE = 0x29;
  static final int SHARED_AVAILABLE = 0x2A;

  /** How a property's value is written. */
  enum Form {
    BYTE,
    TWO_BYTES,
    FOUR_BYTES,
    VARIABLE,
    TEXT,
    PAIR
  }

  static Form form(int id) {
    return switch (id) {
      case PAYLOAD_FORMAT,
          REQUEST_PROBLEM,
          REQUEST_RESPONSE,
          MAXIMUM_QOS,
          RETAIN_AVAILABLE,
          WILDCARD_AVAILABLE,
          SUBSCRIPTION_ID_AVAILABLE,
          SHARED_AVAILABLE ->
          Form.BYTE;
      case SERVER_KEEP_ALIVE, RECEIVE_MAXIMUM, ALIAS_MAXIMUM, ALIAS -> Form.TWO_BYTES;
      case MESSAGE_EXPIRY, SESSION_EXPIRY, WILL_DELAY, MAXIMUM_PACKET -> Form.FOUR_BYTES;
      case SUBSCRIPTION_ID -> Form.VARIABLE;
      case USER -> Form.PAIR;
      case CONTENT_TYPE,
          RESPONSE_TOPIC,
          CORRELATION_DATA,
          ASSIGNED_CLIENT_ID,
          AUTH_METHOD,
          AUTH_DATA,
          RESPONSE_INFORMATION,
          SERVER_REFERENCE,
          REASON_STRING ->
          Form.TEXT; // or binary data, which is written alike
      default -> throw new AssertionError("there is no property 0x%02X".formatted(id));
    };
  }

  static Property number(int id, long value) {
    return switch (form(id)) {
      case BYTE -> new Property(id, bytes(value, 1));
      case TWO_BYTES -> new Property(id, bytes(value, 2));
      case FOUR_BYTES -> new Property(id, bytes(value, 4));
      case VARIABLE -> new Property(id, variable((int) value));
      case TEXT, PAIR -> throw new AssertionError("property 0x%02X is no number".formatted(id));
    };
  }

  static Property text(int id, String value) {
    return new Property(id, RawClient.text(value));
  }

  static Property data(int id, byte[] value) {
    return new Property(id, RawClient.join(bytes(value.length, 2), value));
  }

  static Property user(String name, String value) {
    return new Property(USER, RawClient.join(RawClient.text(name), RawClient.text(value)));
  }

  /** The properties with their length in front; nothing before MQTT 5. */
  static byte[] list(int version, Property... properties) {
    if (version < 5) {
      return new byte[0];
    }
    byte[][] parts = new byte[properties.length][];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = RawClient.join(new byte[] {(byte) properties[i].id}, properties[i].value);
    }
    byte[] all = RawClient.join(parts);
    return RawClient.join(variable(all.length), all);
  }

  static byte[] bytes(long value, int count) {
    byte[] bytes = new byte[count];
    for (int i = count - 1; i >= 0; i--, value >>= 8) {
      bytes[i] = (byte) value;
    }
    return bytes;
  }

  static byte[] variable(int value) {
    byte[] bytes = new byte[4];
    int count = 0;
    do {
      int digit = value & 0x7F;
      value >>>= 7;
      bytes[count++] = (byte) (value > 0 ? digit | 0x80 : digit);
    } while (value > 0);
    return java.util.Arrays.copyOf(bytes, count);
  }

  /** The value as a number. */
  long number() {
    long number = 0;
    if (form(id) == Form.VARIABLE) {
      for (int i = value.length - 1; i >= 0; i--) {
        number = number << 7 | value[i] & 0x7F;
      }
      return number;
    }
    for (byte one : value) {
      number = number << 8 | one & 0xFF;
    }
    return number;
  }

  /** The value as text; a pair as {@code name=value}. */
  String text() {
    int first = (value[0] & 0xFF) << 8 | value[1] & 0xFF;
    String text = new String(value, 2, first, UTF_8);
    return form(id) == Form.PAIR
        ? text + "=" + new String(value, 4 + first, value.length - 4 - first, UTF_8)
        : text;
  }

  @Override
  public String toString() {
    Form form = form(id);
    return "0x%02X=%s".formatted(id, form == Form.TEXT || form == Form.PAIR ? text() : number());
  }
}
