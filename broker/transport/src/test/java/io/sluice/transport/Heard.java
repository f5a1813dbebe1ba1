package io.sluice.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A packet of the server as a client of its version understands it. */
record Heard(int version, int first, byte[] body) {
  static final int CONNACK = 2;
  static final int PUBLISH = 3;
  static final int PUBACK = 4;
  static final int PUBREC = 5;
  static final int PUBREL = 6;
  static final int PUBCOMP = 7;
  static final int SUBACK = 9;
  static final int UNSUBACK = 11;
  static final int PINGRESP = 13;
  static final int DISCONNECT = 14;
  static final int AUTH = 15;

  int type() {
    return first >> 4;
  }

  // ---- PUBLISH

  boolean again() {
    return (first & 8) != 0;
  }

  int qos() {
    return first >> 1 & 3;
  }

  boolean retained() {
    return (first & 1) != 0;
  }

  String topic() {
    return new String(body, 2, number(0), UTF_8);
  }

  String text() {
    return new String(payload(), UTF_8);
  }

  byte[] payload() {
    int at = propertiesAt();
    return Arrays.copyOfRange(body, version >= 5 ? afterProperties(at) : at, body.length);
  }

  // ---- what most have

  int packetId() {
    return number(type() == PUBLISH ? 2 + number(0) : 0);
  }

  /** The reason or return code; 0 where it is left out. */
  int code() {
    int at =
        switch (type()) {
          case CONNACK -> 1;
          case DISCONNECT, AUTH -> 0;
          default -> 2;
        };
    return body.length > at ? body[at] & 0xFF : 0;
  }

  /** The codes of a SUBACK or UNSUBACK, in hexadecimal. */
  String codes() {
    int at = propertiesAt();
    StringBuilder codes = new StringBuilder();
    for (int i = version >= 5 ? afterProperties(at) : at; i < body.length; i++) {
      codes.append(codes.isEmpty() ? "" : " ").append("%02X".formatted(body[i]));
    }
    return codes.toString();
  }

  boolean sessionPresent() {
    return body[0] == 1;
  }

  /** Bytes of the whole packet. */
  int size() {
    return 1 + Property.variable(body.length).length + body.length;
  }

  // ---- properties

  List<Property> properties() {
    List<Property> properties = new ArrayList<>();
    int at = propertiesAt();
    if (version < 5 || at >= body.length) {
      return properties;
    }
    int end = afterProperties(at);
    at += variableLength(at);
    while (at < end) {
      int id = body[at++];
      int length =
          switch (Property.form(id)) {
            case BYTE -> 1;
            case TWO_BYTES -> 2;
            case FOUR_BYTES -> 4;
            case VARIABLE -> variableLength(at);
            case TEXT -> 2 + number(at);
            case PAIR -> 4 + number(at) + number(at + 2 + number(at));
          };
      properties.add(new Property(id, Arrays.copyOfRange(body, at, at + length)));
      at += length;
    }
    return properties;
  }

  boolean has(int property) {
    return properties().stream().anyMatch(p -> p.id() == property);
  }

  long number(int property, long absent) {
    return properties().stream()
        .filter(p -> p.id() == property)
        .mapToLong(Property::number)
        .findFirst()
        .orElse(absent);
  }

  /** The value of a property; "none" without it. */
  String text(int property) {
    return properties().stream()
        .filter(p -> p.id() == property)
        .map(Property::text)
        .findFirst()
        .orElse("none");
  }

  List<String> userProperties() {
    return properties().stream().filter(p -> p.id() == Property.USER).map(Property::text).toList();
  }

  List<Long> subscriptionIds() {
    return properties().stream()
        .filter(p -> p.id() == Property.SUBSCRIPTION_ID)
        .map(Property::number)
        .sorted()
        .toList();
  }

  private int propertiesAt() {
    return switch (type()) {
      case CONNACK -> 2;
      case PUBLISH -> 2 + number(0) + (qos() > 0 ? 2 : 0);
      case PUBACK, PUBREC, PUBREL, PUBCOMP -> 3;
      case DISCONNECT, AUTH -> 1;
      default -> 2;
    };
  }

  private int afterProperties(int at) {
    int length = 0;
    for (int i = variableLength(at) - 1; i >= 0; i--) {
      length = length << 7 | body[at + i] & 0x7F;
    }
    return at + variableLength(at) + length;
  }

  private int variableLength(int at) {
    int length = 1;
    while (body[at + length - 1] < 0) {
      length++;
    }
    return length;
  }

  private int number(int at) {
    return (body[at] & 0xFF) << 8 | body[at + 1] & 0xFF;
  }

  @Override
  public String toString() {
    String hex = new RawClient.Packet(first, body).hex();
    return hex.length() > 200 ? hex.substring(0, 200) + "..." : hex;
  }
}
