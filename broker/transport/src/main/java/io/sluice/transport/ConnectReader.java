package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.sluice.message.InvalidTopic;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.message.UserProperty;
import io.sluice.session.Sessions;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a CONNECT to the letter of its own version: MQTT 3.1 (section 3.1 of the IBM
 * specification), 3.1.1 and 5.0 (sections 3.1 of the OASIS ones). Netty's decoder reads every other
 * packet; for this one it knows neither duplicated properties nor invalid UTF-8, and cannot say
 * which reason code a fault deserves.
 */
final class ConnectReader {
  private static final int USER_NAME = 0x80;
  private static final int PASSWORD = 0x40;
  private static final int WILL_RETAIN = 0x20;
  private static final int WILL_QOS = 0x18;
  private static final int WILL = 0x04;
  private static final int CLEAN_START = 0x02;
  private static final int RESERVED = 0x01;

  /** A bridge of mosquitto sets it beside the level, and falls back when it is told code 1. */
  private static final int BRIDGE = 0x80;

  private static final int RECEIVE_MAXIMUM_ABSENT = 65_535;

  private final ByteBuf body;
  private final Fields in;
  private int level;
  private String clientId = "";
  private long answerBytesMax = Long.MAX_VALUE;

  /** Borrows the body: what follows the fixed header, to the end of the packet. */
  ConnectReader(ByteBuf body) {
    this.body = body;
    this.in = new Fields(body, "CONNECT");
  }

  /**
   * How to answer, as far as the packet was read: 5 for a CONNACK of MQTT 5, 3 or 4 for one of the
   * older form, 0 when the protocol is not known and only closing remains.
   */
  int answerLevel() {
    return level;
  }

  /** The largest answer that the client takes, as far as the packet was read. */
  long answerBytesMax() {
    return answerBytesMax;
  }

  /** The client identifier, as far as the packet was read; empty before. */
  String clientId() {
    return clientId;
  }

  /**
   * Reads the packet.
   *
   * @throws ConnectRefused when it is not as its version says; {@link #answerLevel} is known then
   */
  ConnectPacket read() throws ConnectRefused {
    protocol();
    int flags = in.oneByte("connect flags");
    check(flags);
    int keepAliveSeconds = in.twoBytes("keep alive");
    boolean cleanStart = (flags & CLEAN_START) != 0;
    ConnectPacket.Properties properties = level == 5 ? properties() : ofOlderOne(cleanStart);
    clientId = in.text("client identifier");
    ConnectPacket.LeftWill will = (flags & WILL) != 0 ? will(flags) : null;
    String userName = has(flags, USER_NAME) ? in.text("user name") : null;
    byte[] password = has(flags, PASSWORD) ? in.binary("password") : null;
    if (!in.isAtEnd()) {
      throw ConnectRefused.malformed(
          "CONNECT has %d bytes after its last field".formatted(body.readableBytes()));
    }
    return new ConnectPacket(
        level, cleanStart, keepAliveSeconds, properties, clientId, will, userName, password);
  }

  private void protocol() throws ConnectRefused {
    String name = in.text("protocol name");
    int sent = in.oneByte("protocol level");
    boolean mqtt = name.equals("MQTT");
    if (name.equals("MQIsdp") && sent == 3 || mqtt && (sent == 4 || sent == 5)) {
      level = sent;
      return;
    }
    // To whom it may concern: what a client of that version can read (5, 3.1.2.2; MQTT3-3.1.2-2).
    boolean future = (sent & ~BRIDGE) >= 5;
    if (mqtt || name.equals("MQIsdp")) {
      level = future && mqtt ? 5 : 4;
      throw new ConnectRefused(
          ConnectRefused.Fault.VERSION,
          "unsupported_version",
          "%s level %d is not offered; use MQTT 3.1.1 (level 4) or 5".formatted(name, sent));
    }
    level = sent == 5 ? 5 : 0;
    throw new ConnectRefused(
        ConnectRefused.Fault.VERSION,
        "unsupported_version",
        "the protocol name is neither 'MQTT' nor 'MQIsdp' [MQTT-3.1.2-1] [MQTT3-3.1.2-1]");
  }

  private void check(int flags) throws ConnectRefused {
    if (level > 3 && (flags & RESERVED) != 0) {
      throw ConnectRefused.malformed("the reserved connect flag is set [MQTT-3.1.2-3]");
    }
    boolean will = (flags & WILL) != 0;
    if (will && (flags & WILL_QOS) == WILL_QOS) {
      throw ConnectRefused.malformed("will QoS is 3 [MQTT-3.1.2-12]");
    }
    if (level > 3 && !will && (flags & (WILL_QOS | WILL_RETAIN)) != 0) { // 3.1 does not look there
      throw ConnectRefused.malformed(
          "will QoS or will retain without a will [MQTT-3.1.2-11] [MQTT-3.1.2-13]");
    }
    if (level < 5 && (flags & PASSWORD) != 0 && (flags & USER_NAME) == 0) {
      throw ConnectRefused.malformed("a password without a user name [MQTT3-3.1.2-22]");
    }
  }

  /**
   * Whether a field of the payload is there. In MQTT 3.1 the remaining length takes precedence: a
   * flag may be set and its field missing (section 3.1, "User name and password flags").
   */
  private boolean has(int flags, int flag) {
    return (flags & flag) != 0 && !(level == 3 && in.isAtEnd());
  }

  private static ConnectPacket.Properties ofOlderOne(boolean cleanSession) {
    return new ConnectPacket.Properties(
        cleanSession ? 0 : Sessions.EXPIRY_NEVER,
        RECEIVE_MAXIMUM_ABSENT,
        Long.MAX_VALUE,
        0,
        false,
        false,
        null,
        null);
  }

  private ConnectPacket.Properties properties() throws ConnectRefused {
    long sessionExpirySeconds = 0;
    int receiveMaximum = RECEIVE_MAXIMUM_ABSENT;
    long packetBytesMax = Long.MAX_VALUE;
    int topicAliasMaximum = 0;
    boolean responseInformation = false;
    boolean problemInformation = true;
    String method = null;
    byte[] data = null;
    PropertyCursor property = new PropertyCursor(body, "CONNECT");
    while (property.next()) {
      switch (property.id()) {
        case PropertyCursor.SESSION_EXPIRY_INTERVAL -> sessionExpirySeconds = property.fourBytes();
        case PropertyCursor.RECEIVE_MAXIMUM ->
            receiveMaximum = (int) positive(property.twoBytes(), "Receive Maximum");
        case PropertyCursor.MAXIMUM_PACKET_SIZE -> {
          packetBytesMax = positive(property.fourBytes(), "Maximum Packet Size");
          answerBytesMax = packetBytesMax;
        }
        case PropertyCursor.TOPIC_ALIAS_MAXIMUM -> topicAliasMaximum = property.twoBytes();
        case PropertyCursor.REQUEST_RESPONSE_INFORMATION -> responseInformation = property.flag();
        case PropertyCursor.REQUEST_PROBLEM_INFORMATION -> problemInformation = property.flag();
        case PropertyCursor.USER_PROPERTY -> property.pair();
        case PropertyCursor.AUTHENTICATION_METHOD -> method = property.text();
        case PropertyCursor.AUTHENTICATION_DATA -> data = property.binary();
        default -> throw property.unexpected();
      }
    }
    if (data != null && method == null) {
      throw ConnectRefused.protocolError(
          "Authentication Data without an Authentication Method (5, 3.1.2.11.10)");
    }
    return new ConnectPacket.Properties(
        sessionExpirySeconds,
        receiveMaximum,
        packetBytesMax,
        topicAliasMaximum,
        responseInformation,
        problemInformation,
        method,
        data);
  }

  private static long positive(long value, String what) throws ConnectRefused {
    if (value == 0) {
      throw ConnectRefused.protocolError(what + " is 0 (5, 3.1.2.11)");
    }
    return value;
  }

  private ConnectPacket.LeftWill will(int flags) throws ConnectRefused {
    WillProperties properties = level == 5 ? willProperties() : WillProperties.NONE;
    String topic = in.text("will topic");
    byte[] payload = in.binary("will message");
    Integer format = properties.publish.payloadFormatIndicator();
    if (format != null && format == 1 && !isUtf8(payload)) {
      throw new ConnectRefused(
          ConnectRefused.Fault.PAYLOAD_FORMAT,
          "will_payload_format",
          "the will says that its payload is UTF-8, and it is not (5, 3.1.3.2.3)");
    }
    try {
      return new ConnectPacket.LeftWill(
          TopicName.of(topic),
          payload,
          QoS.of((flags & WILL_QOS) >> 3),
          (flags & WILL_RETAIN) != 0,
          properties.publish,
          properties.delaySeconds);
    } catch (InvalidTopic invalid) {
      throw new ConnectRefused(
          ConnectRefused.Fault.TOPIC_NAME, "will_topic", "will: " + invalid.getMessage());
    }
  }

  private record WillProperties(PublishProperties publish, long delaySeconds) {
    static final WillProperties NONE = new WillProperties(PublishProperties.NONE, 0);
  }

  private WillProperties willProperties() throws ConnectRefused {
    long delaySeconds = 0;
    Integer format = null;
    Long expirySeconds = null;
    String contentType = null;
    String responseTopic = null;
    byte[] correlationData = null;
    List<UserProperty> userProperties = new ArrayList<>();
    PropertyCursor property = new PropertyCursor(body, "will");
    while (property.next()) {
      switch (property.id()) {
        case PropertyCursor.WILL_DELAY_INTERVAL -> delaySeconds = property.fourBytes();
        case PropertyCursor.PAYLOAD_FORMAT_INDICATOR -> format = property.flag() ? 1 : 0;
        case PropertyCursor.MESSAGE_EXPIRY_INTERVAL -> expirySeconds = property.fourBytes();
        case PropertyCursor.CONTENT_TYPE -> contentType = property.text();
        case PropertyCursor.RESPONSE_TOPIC -> responseTopic = responseTopic(property.text());
        case PropertyCursor.CORRELATION_DATA -> correlationData = property.binary();
        case PropertyCursor.USER_PROPERTY -> userProperties.add(property.pair());
        default -> throw property.unexpected();
      }
    }
    PublishProperties publish =
        new PublishProperties(
            format, expirySeconds, contentType, responseTopic, correlationData, userProperties);
    return new WillProperties(publish.isEmpty() ? PublishProperties.NONE : publish, delaySeconds);
  }

  private static @Nullable String responseTopic(String topic) throws ConnectRefused {
    if (topic.indexOf('+') >= 0 || topic.indexOf('#') >= 0) {
      throw ConnectRefused.protocolError("will: Response Topic has a wildcard [MQTT-3.3.2-14]");
    }
    return topic;
  }

  private static boolean isUtf8(byte[] payload) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload));
      return true;
    } catch (CharacterCodingException invalid) {
      return false;
    }
  }
}
