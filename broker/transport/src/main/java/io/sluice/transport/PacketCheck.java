package io.sluice.transport;

import static io.sluice.transport.PropertyRules.contains;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.BitSet;

/**
 * Looks at one whole packet before it is decoded, for what the decoder takes without a word: inner
 * lengths that pass the end of the packet, properties that do not belong to it, are there twice or
 * have a value that does not exist, bytes behind its end, reason codes that are none, and lists
 * that are longer than we read. What the decoder does see (UTF-8, wildcards, packet identifier 0)
 * is left to it. {@code docs/conformance/fuzzing.md} has the list. Limits that bound memory are
 * here too: a packet's lists are counted before anything is made of them.
 *
 * <p>One instance per connection, event loop only; allocates nothing unless there is a fault. It is
 * one thing, a walk over the grammar of packets, and so stays one file.
 */
final class PacketCheck {
  static final int CONNECT = 1;
  static final int PUBLISH = 3;
  static final int PUBACK = 4;
  static final int PUBREC = 5;
  static final int PUBREL = 6;
  static final int PUBCOMP = 7;
  static final int SUBSCRIBE = 8;
  static final int UNSUBSCRIBE = 10;
  static final int PINGREQ = 12;
  static final int DISCONNECT = 14;
  static final int AUTH = 15;

  private static final int WILL_FLAG = 0x04;
  private static final int PASSWORD_FLAG = 0x40;
  private static final int USER_NAME_FLAG = 0x80;
  private static final int OPTIONS_RESERVED = 0xC0;
  private static final int OPTIONS_NO_LOCAL = 0x04;
  private static final byte[] SHARE = {'$', 's', 'h', 'a', 'r', 'e', '/'};

  private final int filtersMax;
  private final int userPropertiesMax; // decoded, they cost more memory than they do as bytes
  private int version;

  // of the packet that is looked at
  private ByteBuf in;
  private int at;
  private int end;

  /**
   * @param version of the CONNECT that was read before; 0: none was
   */
  PacketCheck(TransportLimits limits, int version) {
    this.filtersMax = limits.filtersPerSubscribeMax();
    this.userPropertiesMax = limits.userPropertiesMax();
    this.version = version;
    this.in = Unpooled.EMPTY_BUFFER;
  }

  /** The protocol level of the CONNECT that was seen; 0 while there was none that we speak. */
  int version() {
    return version;
  }

  boolean isV5() {
    return version == 5;
  }

  /**
   * Borrows the buffer, moves none of its indexes.
   *
   * @param from where the body begins, behind the remaining length
   * @param to where the packet ends
   * @throws PacketFault what is wrong with it
   */
  void check(ByteBuf bytes, int type, int flags, int from, int to) {
    in = bytes;
    at = from;
    end = to;
    switch (type) {
      case CONNECT -> connect();
      case PUBLISH -> publish((flags >> 1 & 3) > 0);
      case PUBACK, PUBREC, PUBREL, PUBCOMP -> acknowledgement(type);
      case SUBSCRIBE -> subscribe();
      case UNSUBSCRIBE -> unsubscribe();
      case DISCONNECT -> disconnect();
      case AUTH -> auth();
      default -> ended(); // PINGREQ; the others were refused by their type
    }
  }

  // ---- packets

  private void connect() {
    if (!isProtocolName()) {
      return; // the decoder says which versions there are
    }
    version = in.getByte(at++);
    int flags = unsignedByte();
    skip(2); // keep alive
    if (isV5()) {
      properties(PropertyRules.CONNECT);
    }
    counted(); // client identifier
    if ((flags & WILL_FLAG) != 0) {
      if (isV5()) {
        properties(PropertyRules.WILL);
      }
      counted(); // topic
      counted(); // payload
    }
    if ((flags & USER_NAME_FLAG) != 0) {
      counted();
    }
    if ((flags & PASSWORD_FLAG) != 0) {
      counted();
    }
    ended();
  }

  /** Moves to the protocol level, if the name is one we know with a level that goes with it. */
  private boolean isProtocolName() {
    int length = twoBytes();
    int name = at;
    skip(length + 1);
    at--;
    int level = in.getByte(at);
    return length == 4 && is(name, "MQTT") && (level == 4 || level == 5)
        || length == 6 && is(name, "MQIsdp") && level == 3;
  }

  private boolean is(int from, String ascii) {
    for (int i = 0; i < ascii.length(); i++) {
      if (in.getByte(from + i) != ascii.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private void publish(boolean packetId) {
    counted(); // topic name
    if (packetId) {
      skip(2);
    }
    if (isV5()) {
      properties(PropertyRules.PUBLISH);
    } // the rest is payload
  }

  private void acknowledgement(int type) {
    skip(2);
    if (isV5() && at < end) { // [MQTT-3.4.2-1] and its like
      reasonCode(type == PUBACK || type == PUBREC ? Codes.PUBACK : Codes.PUBREL);
      if (at < end) {
        properties(PropertyRules.ACKNOWLEDGEMENT);
      }
    }
    ended();
  }

  private void subscribe() {
    skip(2);
    if (isV5()) {
      properties(PropertyRules.SUBSCRIBE);
    }
    for (int filters = 1; at < end; filters++) {
      few(filters);
      int filter = at + 2;
      counted();
      boolean shared = at - filter > SHARE.length && isShare(filter);
      int options = unsignedByte();
      if ((options & OPTIONS_RESERVED) != 0) {
        throw malformed("reserved bits of the subscription options are set [MQTT-3.8.3-5]");
      }
      if (isV5() && shared && (options & OPTIONS_NO_LOCAL) != 0) {
        throw protocolError("No Local is set on a shared subscription [MQTT-3.8.3-4]");
      }
    }
  }

  private boolean isShare(int from) {
    for (int i = 0; i < SHARE.length; i++) {
      if (in.getByte(from + i) != SHARE[i]) {
        return false;
      }
    }
    return true;
  }

  private void unsubscribe() {
    skip(2);
    if (isV5()) {
      properties(PropertyRules.UNSUBSCRIBE);
    }
    for (int filters = 1; at < end; filters++) {
      few(filters);
      counted();
    }
  }

  private void few(int filters) {
    if (filters > filtersMax) {
      throw new PacketFault(
          Reason.QUOTA,
          "more than %d filters in one packet; send several packets".formatted(filtersMax));
    }
  }

  private void disconnect() {
    if (isV5() && at < end) {
      reasonCode(Codes.DISCONNECT); // [MQTT-3.14.2-1]
      if (at < end) {
        properties(PropertyRules.DISCONNECT);
      }
    }
    ended();
  }

  private void auth() {
    if (at < end) {
      reasonCode(Codes.AUTH); // [MQTT-3.15.2-1]
      properties(PropertyRules.AUTH);
    }
    ended();
  }

  /** The reason codes that a client may send in a packet. */
  private static final class Codes {
    static final Codes PUBACK = new Codes(0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99);
    static final Codes PUBREL = new Codes(0x00, 0x92);
    static final Codes DISCONNECT =
        new Codes(
            0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99);
    static final Codes AUTH = new Codes(0x00, 0x18, 0x19);

    private final BitSet known = new BitSet();

    private Codes(int... codes) {
      for (int code : codes) {
        known.set(code);
      }
    }

    boolean contains(int code) {
      return known.get(code);
    }
  }

  private void reasonCode(Codes codes) {
    int code = unsignedByte();
    if (!codes.contains(code)) {
      throw protocolError("reason code 0x%02X is none of this packet".formatted(code));
    }
  }

  // ---- properties

  private void properties(long allowed) {
    int length = variableInteger();
    if (length == 0) {
      return;
    }
    int packetEnd = end;
    if (length > end - at) {
      throw malformed("the properties' length passes the end of the packet");
    }
    end = at + length; // no value reaches beyond the properties
    long seen = 0;
    int userProperties = 0;
    while (at < end) {
      int identifier = unsignedByte(); // a variable byte integer, but none has two bytes
      if (!contains(allowed, identifier)) {
        throw malformed("property 0x%02X does not belong here".formatted(identifier));
      }
      if (identifier == PropertyRules.USER_PROPERTY) {
        if (++userProperties > userPropertiesMax) {
          throw new PacketFault(
              Reason.QUOTA,
              "more than %d user properties in one packet".formatted(userPropertiesMax));
        }
      } else if (contains(seen, identifier)) {
        throw protocolError("property 0x%02X is there twice".formatted(identifier));
      }
      seen |= 1L << identifier;
      value(identifier, allowed);
    }
    end = packetEnd;
    if (contains(seen, PropertyRules.AUTHENTICATION_DATA)
        && !contains(seen, PropertyRules.AUTHENTICATION_METHOD)) {
      throw protocolError("Authentication Data without an Authentication Method");
    }
  }

  private void value(int identifier, long allowed) {
    switch (PropertyRules.form(identifier)) {
      case BYTE -> {
        if (unsignedByte() > 1) { // all of a client's are 0 or 1
          throw protocolError("property 0x%02X is neither 0 nor 1".formatted(identifier));
        }
      }
      case TWO_BYTES -> {
        if (twoBytes() == 0 && identifier == PropertyRules.RECEIVE_MAXIMUM) {
          throw protocolError("Receive Maximum is 0 (MQTT 5, 3.1.2.11.3)");
        }
      }
      case FOUR_BYTES -> {
        skip(4);
        if (identifier == PropertyRules.MAXIMUM_PACKET_SIZE && in.getInt(at - 4) == 0) {
          throw protocolError("Maximum Packet Size is 0 (MQTT 5, 3.1.2.11.4)");
        }
      }
      case VARIABLE_INTEGER -> variableInteger();
      case COUNTED -> {
        int from = at + 2;
        counted();
        if (identifier == PropertyRules.RESPONSE_TOPIC && allowed == PropertyRules.WILL) {
          topicName(from);
        }
      }
      case PAIR -> {
        counted();
        counted();
      }
    }
  }

  /** The Response Topic of a will; that of a PUBLISH is looked at by {@link PublishDesk}. */
  private void topicName(int from) {
    for (int i = from; i < at; i++) {
      byte b = in.getByte(i);
      if (b == '#' || b == '+') {
        throw protocolError("the will's Response Topic has a wildcard [MQTT-3.3.2-14]");
      }
    }
  }

  // ---- steps, none of which leaves the packet

  private void skip(int bytes) {
    if (bytes > end - at) {
      throw malformed("the packet ends within a field");
    }
    at += bytes;
  }

  private int unsignedByte() {
    skip(1);
    return in.getUnsignedByte(at - 1);
  }

  private int twoBytes() {
    skip(2);
    return in.getUnsignedShort(at - 2);
  }

  /** Text or bytes with their length before them. */
  private void counted() {
    skip(twoBytes());
  }

  private int variableInteger() {
    int value = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      int digit = unsignedByte();
      value |= (digit & 0x7F) << shift;
      if (digit < 0x80) {
        if (digit == 0 && shift > 0) {
          throw malformed("a variable byte integer has more bytes than it needs [MQTT-1.5.5-1]");
        }
        return value;
      }
    }
    throw malformed("a variable byte integer has five bytes");
  }

  private void ended() {
    if (at != end) {
      throw malformed("the packet has %d bytes too many".formatted(end - at));
    }
  }

  private static PacketFault malformed(String why) {
    return new PacketFault(Reason.MALFORMED, why);
  }

  private static PacketFault protocolError(String why) {
    return new PacketFault(Reason.PROTOCOL_ERROR, why);
  }
}
