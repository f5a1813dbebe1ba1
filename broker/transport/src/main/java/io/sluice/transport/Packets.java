package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.sluice.message.QoS;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes the packets that a server sends, except PUBLISH; see {@link PublishForm}. They go straight
 * into the connection's pending bytes, between publications and in order with them.
 */
final class Packets {
  private static final int CONNACK = 0x20;
  private static final int PUBACK = 0x40;
  private static final int PUBREC = 0x50;
  private static final int PUBREL = 0x62; // with the flags that it must have [MQTT-3.6.1-1]
  private static final int PUBCOMP = 0x70;
  private static final int SUBACK = 0x90;
  private static final int UNSUBACK = 0xB0;
  private static final int PINGRESP = 0xD0;
  private static final int DISCONNECT = 0xE0;

  private static final int AUTH = 0xF0;

  private static final int SESSION_EXPIRY_INTERVAL = 0x11;
  private static final int ASSIGNED_CLIENT_IDENTIFIER = 0x12;
  private static final int SERVER_KEEP_ALIVE = 0x13;
  private static final int RESPONSE_INFORMATION = 0x1A;
  private static final int SERVER_REFERENCE = 0x1C;
  private static final int AUTHENTICATION_METHOD = 0x15;
  private static final int AUTHENTICATION_DATA = 0x16;
  private static final int REASON_STRING = 0x1F;
  private static final int RECEIVE_MAXIMUM = 0x21;
  private static final int TOPIC_ALIAS_MAXIMUM = 0x22;
  private static final int MAXIMUM_QOS = 0x24;
  private static final int MAXIMUM_PACKET_SIZE = 0x27;
  private static final int RETAIN_AVAILABLE = 0x25;
  private static final int WILDCARD_SUBSCRIPTION_AVAILABLE = 0x28;
  private static final int SUBSCRIPTION_IDENTIFIERS_AVAILABLE = 0x29;
  private static final int SHARED_SUBSCRIPTION_AVAILABLE = 0x2A;

  private static final int REASON_CHARS_MAX = 256;
  private static final int LENGTHS_BYTES_MAX = 3; // what properties add to both length fields
  private static final int CONNACK_BYTES_MIN = 5;
  private static final int ACKNOWLEDGEMENT_BYTES_MIN = 6;
  private static final int DISCONNECT_BYTES_MIN = 4;

  private Packets() {}

  /** What a CONNACK of MQTT 5 tells the client; null and 0 fields are left out. */
  record ConnackProperties(
      long sessionExpirySeconds,
      boolean sessionExpiryChanged,
      @Nullable String assignedClientId,
      int serverKeepAliveSeconds,
      @Nullable String responseInformation,
      TransportLimits limits,
      @Nullable Authenticated authenticated) {}

  /** What an enhanced authentication ended with; empty data is left out. */
  record Authenticated(String method, byte[] data) {}

  /** A CONNACK of MQTT 3.1 and 3.1.1: {@code code} 0..5 [MQTT3-3.2.2-4]. */
  static void connack3(ByteBuf out, boolean sessionPresent, int code) {
    out.writeByte(CONNACK).writeByte(2).writeByte(sessionPresent ? 1 : 0).writeByte(code);
  }

  /** A CONNACK of MQTT 5 that lets the client in. */
  static void connack5(ByteBuf out, boolean sessionPresent, ConnackProperties p) {
    ByteBuf properties = out.alloc().buffer();
    try {
      if (p.sessionExpiryChanged()) {
        properties.writeByte(SESSION_EXPIRY_INTERVAL).writeInt((int) p.sessionExpirySeconds());
      }
      writeLimits(properties, p.limits());
      if (p.assignedClientId() != null) {
        text(properties.writeByte(ASSIGNED_CLIENT_IDENTIFIER), p.assignedClientId());
      }
      if (p.serverKeepAliveSeconds() > 0) {
        properties.writeByte(SERVER_KEEP_ALIVE).writeShort(p.serverKeepAliveSeconds());
      }
      if (p.responseInformation() != null) {
        text(properties.writeByte(RESPONSE_INFORMATION), p.responseInformation());
      }
      if (p.authenticated() != null) {
        authentication(properties, p.authenticated().method(), p.authenticated().data());
      }
      int length = properties.readableBytes();
      out.writeByte(CONNACK);
      PublishForm.writeVariable(out, 2 + PublishForm.variableLength(length) + length);
      out.writeByte(sessionPresent ? 1 : 0).writeByte(0);
      PublishForm.writeVariable(out, length);
      out.writeBytes(properties);
    } finally {
      properties.release();
    }
  }

  /** What is bounded, and what is not on offer; nothing where the standard's default holds. */
  private static void writeLimits(ByteBuf properties, TransportLimits limits) {
    properties.writeByte(RECEIVE_MAXIMUM).writeShort(limits.receiveMaximum());
    properties.writeByte(MAXIMUM_PACKET_SIZE).writeInt(limits.packetBytesMax()); // [MQTT-3.2.2-15]
    properties.writeByte(TOPIC_ALIAS_MAXIMUM).writeShort(limits.topicAliasMaximum());
    if (limits.maximumQos() < 2) {
      properties.writeByte(MAXIMUM_QOS).writeByte(limits.maximumQos()); // [MQTT-3.2.2-9]
    }
    absent(properties, RETAIN_AVAILABLE, limits.retainAvailable());
    absent(properties, WILDCARD_SUBSCRIPTION_AVAILABLE, limits.wildcardsAvailable());
    absent(properties, SUBSCRIPTION_IDENTIFIERS_AVAILABLE, limits.subscriptionIdsAvailable());
    absent(properties, SHARED_SUBSCRIPTION_AVAILABLE, limits.sharedAvailable());
  }

  private static void absent(ByteBuf properties, int property, boolean available) {
    if (!available) {
      properties.writeByte(property).writeByte(0);
    }
  }

  /**
   * An AUTH of MQTT 5 (section 3.15).
   *
   * @return false when the client does not take so large a packet; then nothing is written
   */
  static boolean auth5(
      ByteBuf out, int reasonCode, String method, byte[] data, long packetBytesMax) {
    int length = 3 + ByteBufUtil.utf8Bytes(method) + (data.length == 0 ? 0 : 3 + data.length);
    int remaining = 1 + PublishForm.variableLength(length) + length;
    if (1 + PublishForm.variableLength(remaining) + remaining > packetBytesMax) {
      return false;
    }
    out.writeByte(AUTH);
    PublishForm.writeVariable(out, remaining);
    out.writeByte(reasonCode);
    PublishForm.writeVariable(out, length);
    authentication(out, method, data);
    return true;
  }

  private static void authentication(ByteBuf out, String method, byte[] data) {
    text(out.writeByte(AUTHENTICATION_METHOD), method); // [MQTT-4.12.0-5]
    if (data.length > 0) {
      out.writeByte(AUTHENTICATION_DATA).writeShort(data.length).writeBytes(data);
    }
  }

  /**
   * A CONNACK of MQTT 5 that refuses; says why in words, if that fits.
   *
   * @return false when the client does not take even the bare one; then nothing is written
   */
  static boolean connack5Refused(ByteBuf out, int reasonCode, Told told, long packetBytesMax) {
    if (packetBytesMax < CONNACK_BYTES_MIN) {
      return false; // [MQTT-3.1.2-24]
    }
    byte[] properties = told.fitting(packetBytesMax - CONNACK_BYTES_MIN);
    out.writeByte(CONNACK);
    PublishForm.writeVariable(out, 2 + withLength(properties));
    out.writeByte(0).writeByte(reasonCode);
    properties(out, properties);
    return true;
  }

  /** A PUBACK; a reason code other than 0 exists in MQTT 5 only. */
  static void puback(ByteBuf out, int packetId, int reasonCode) {
    acknowledge(out, PUBACK, packetId, reasonCode);
  }

  /** A PUBREC, as {@link #puback}. */
  static void pubrec(ByteBuf out, int packetId, int reasonCode) {
    acknowledge(out, PUBREC, packetId, reasonCode);
  }

  /** A PUBACK or PUBREC of MQTT 5 that refuses and says why in words, if that fits. */
  static void refusal(
      ByteBuf out, QoS qos, int packetId, int reasonCode, Told told, long packetBytesMax) {
    byte[] properties = told.fitting(packetBytesMax - ACKNOWLEDGEMENT_BYTES_MIN);
    out.writeByte(qos == QoS.AT_LEAST_ONCE ? PUBACK : PUBREC);
    PublishForm.writeVariable(out, 3 + withLength(properties));
    out.writeShort(packetId).writeByte(reasonCode);
    properties(out, properties);
  }

  /** A PUBREL, as {@link #puback}. */
  static void pubrel(ByteBuf out, int packetId, int reasonCode) {
    acknowledge(out, PUBREL, packetId, reasonCode);
  }

  /** A PUBCOMP, as {@link #puback}. */
  static void pubcomp(ByteBuf out, int packetId, int reasonCode) {
    acknowledge(out, PUBCOMP, packetId, reasonCode);
  }

  private static void acknowledge(ByteBuf out, int type, int packetId, int reasonCode) {
    if (reasonCode == 0) {
      out.writeInt(type << 24 | 2 << 16 | packetId);
    } else {
      out.writeByte(type).writeByte(3).writeShort(packetId).writeByte(reasonCode);
    }
  }

  /** A SUBACK of MQTT 3.1 and 3.1.1 with a code for each filter. */
  static void suback3(ByteBuf out, int packetId, byte[] codes) {
    out.writeByte(SUBACK);
    PublishForm.writeVariable(out, 2 + codes.length);
    out.writeShort(packetId).writeBytes(codes);
  }

  static void unsuback3(ByteBuf out, int packetId) {
    out.writeByte(UNSUBACK).writeByte(2).writeShort(packetId);
  }

  /**
   * A SUBACK with a code for each filter, and in words what was wrong with the first refused, if
   * that fits.
   *
   * @return false when the client does not take so many codes; then nothing is written
   */
  static boolean suback5(ByteBuf out, int packetId, byte[] codes, Told told, long packetBytesMax) {
    return acknowledge5(out, SUBACK, packetId, codes, told, packetBytesMax);
  }

  /** An UNSUBACK, as {@link #suback5}. */
  static boolean unsuback5(
      ByteBuf out, int packetId, byte[] codes, Told told, long packetBytesMax) {
    return acknowledge5(out, UNSUBACK, packetId, codes, told, packetBytesMax);
  }

  private static boolean acknowledge5(
      ByteBuf out, int type, int packetId, byte[] codes, Told told, long packetBytesMax) {
    int bare = 3 + codes.length;
    long room = packetBytesMax - 1 - PublishForm.variableLength(bare) - bare;
    if (room < 0) {
      return false;
    }
    byte[] properties = told.fitting(room - 1); // a byte more of the remaining length
    out.writeByte(type);
    PublishForm.writeVariable(out, 2 + withLength(properties) + codes.length);
    out.writeShort(packetId);
    properties(out, properties);
    out.writeBytes(codes);
    return true;
  }

  static void pingresp(ByteBuf out) {
    out.writeByte(PINGRESP).writeByte(0);
  }

  /** A DISCONNECT of MQTT 5 with the reason in words, if that fits [MQTT-3.14.2-3]. */
  static void disconnect5(ByteBuf out, int reasonCode, Told told, long packetBytesMax) {
    byte[] properties = told.fitting(packetBytesMax - DISCONNECT_BYTES_MIN);
    out.writeByte(DISCONNECT);
    PublishForm.writeVariable(out, 1 + withLength(properties));
    out.writeByte(reasonCode);
    properties(out, properties);
  }

  private static int withLength(byte[] properties) {
    return PublishForm.variableLength(properties.length) + properties.length;
  }

  private static void properties(ByteBuf out, byte[] properties) {
    PublishForm.writeVariable(out, properties.length);
    out.writeBytes(properties);
  }

  /**
   * What an MQTT 5 client is told beside a reason code.
   *
   * @param why in words; empty: nothing, as of a client that asked for no problem information
   * @param serverReference another server; empty: none
   */
  record Told(String why, String serverReference) {
    static final Told NOTHING = new Told("", "");

    static Told why(String why) {
      return new Told(why, "");
    }

    /** As properties of this many bytes at most; the words are the first that go. */
    private byte[] fitting(long bytesMax) {
      byte[] server = property(SERVER_REFERENCE, serverReference);
      byte[] words =
          property(REASON_STRING, why.substring(0, Math.min(why.length(), REASON_CHARS_MAX)));
      long room = bytesMax - LENGTHS_BYTES_MAX;
      if (server.length > room) {
        return new byte[0];
      }
      if (server.length + words.length > room) {
        return server;
      }
      byte[] both = Arrays.copyOf(server, server.length + words.length);
      System.arraycopy(words, 0, both, server.length, words.length);
      return both;
    }

    private static byte[] property(int identifier, String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      if (utf8.length == 0) {
        return utf8;
      }
      ByteBuffer property = ByteBuffer.allocate(3 + utf8.length);
      return property.put((byte) identifier).putShort((short) utf8.length).put(utf8).array();
    }
  }

  private static void text(ByteBuf out, String text) {
    out.writeShort(ByteBufUtil.utf8Bytes(text));
    ByteBufUtil.writeUtf8(out, text);
  }
}
