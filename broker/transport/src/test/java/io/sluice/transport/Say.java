package io.sluice.transport;

import static io.sluice.transport.RawClient.join;
import static io.sluice.transport.RawClient.packet;
import static io.sluice.transport.RawClient.text;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;

/** A packet that a client says, in the words of its version of the protocol. */
interface Say {
  byte[] bytes(int version);

  // ---- connecting

  /** Clean start, keep alive 60, no properties, no will. */
  static Connect connect(String clientId) {
    return new Connect(clientId);
  }

  final class Connect implements Say {
    private final String clientId;
    private int flags = 0x02;
    private int keepAlive = 60;
    private Property[] properties = {};
    private byte[] will = {};
    private Property[] willProperties = {};
    private String willTopic = "";
    private byte[] user = {};
    private byte[] password = {};

    private Connect(String clientId) {
      this.clientId = clientId;
    }

    /** Clean start 0, or clean session 0. */
    Connect resuming() {
      flags &= ~0x02;
      return this;
    }

    Connect keepAlive(int seconds) {
      keepAlive = seconds;
      return this;
    }

    Connect with(Property... all) {
      properties = all;
      return this;
    }

    Connect will(int qos, boolean retain, String topic, String message, Property... all) {
      flags |= 0x04 | qos << 3 | (retain ? 0x20 : 0);
      willTopic = topic;
      will = message.getBytes(UTF_8);
      willProperties = all;
      return this;
    }

    Connect user(String name) {
      flags |= 0x80;
      user = text(name);
      return this;
    }

    Connect password(String secret) {
      flags |= 0x40;
      password = text(secret);
      return this;
    }

    @Override
    public byte[] bytes(int version) {
      byte[] willBytes =
          (flags & 0x04) == 0
              ? new byte[0]
              : join(
                  Property.list(version, willProperties),
                  text(willTopic),
                  Property.bytes(will.length, 2),
                  will);
      return packet(
          0x10,
          text(version == 3 ? "MQIsdp" : "MQTT"),
          new byte[] {(byte) version, (byte) flags},
          Property.bytes(keepAlive, 2),
          Property.list(version, properties),
          text(clientId),
          willBytes,
          user,
          password);
    }
  }

  // ---- publishing

  static Publish publish(String topic, String payload) {
    return new Publish(topic, payload.getBytes(UTF_8));
  }

  static Publish publish(String topic, byte[] payload) {
    return new Publish(topic, payload);
  }

  final class Publish implements Say {
    private final String topic;
    private final byte[] payload;
    private int flags;
    private int packetId;
    private Property[] properties = {};

    private Publish(String topic, byte[] payload) {
      this.topic = topic;
      this.payload = payload;
    }

    Publish qos(int qos, int id) {
      flags |= qos << 1;
      packetId = id;
      return this;
    }

    Publish retained() {
      flags |= 1;
      return this;
    }

    Publish again() {
      flags |= 8;
      return this;
    }

    Publish with(Property... all) {
      properties = all;
      return this;
    }

    @Override
    public byte[] bytes(int version) {
      return packet(
          0x30 | flags,
          text(topic),
          (flags & 6) == 0 ? new byte[0] : Property.bytes(packetId, 2),
          Property.list(version, properties),
          payload);
    }
  }

  static Say puback(int packetId) {
    return raw(0x40, packetId);
  }

  static Say pubrec(int packetId) {
    return raw(0x50, packetId);
  }

  static Say pubrel(int packetId) {
    return raw(0x62, packetId);
  }

  static Say pubcomp(int packetId) {
    return raw(0x70, packetId);
  }

  /** An acknowledgement with a reason code, which MQTT 5 alone has. */
  static Say refused(int type, int packetId, int code) {
    return version ->
        packet(type, Property.bytes(packetId, 2), new byte[] {(byte) code}, new byte[1]);
  }

  private static Say raw(int type, int packetId) {
    return version -> packet(type, Property.bytes(packetId, 2));
  }

  // ---- subscribing

  /** The options: QoS, and in MQTT 5 no local 4, retain as published 8, retain handling 16, 32. */
  static Subscribe subscribe(int packetId, String filter, int options) {
    return new Subscribe(packetId).and(filter, options);
  }

  final class Subscribe implements Say {
    private final int packetId;
    private final List<byte[]> filters = new ArrayList<>();
    private Property[] properties = {};

    private Subscribe(int packetId) {
      this.packetId = packetId;
    }

    Subscribe and(String filter, int options) {
      filters.add(join(text(filter), new byte[] {(byte) options}));
      return this;
    }

    Subscribe with(Property... all) {
      properties = all;
      return this;
    }

    @Override
    public byte[] bytes(int version) {
      return packet(
          0x82,
          Property.bytes(packetId, 2),
          Property.list(version, properties),
          join(filters.toArray(byte[][]::new)));
    }
  }

  static Say unsubscribe(int packetId, String... filters) {
    byte[][] texts = new byte[filters.length][];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = text(filters[i]);
    }
    return version ->
        packet(0xA2, Property.bytes(packetId, 2), Property.list(version), join(texts));
  }

  // ---- the rest

  static Say ping() {
    return hex("C0 00");
  }

  static Say disconnect() {
    return hex("E0 00");
  }

  static Say disconnect(int code, Property... properties) {
    return version -> packet(0xE0, new byte[] {(byte) code}, Property.list(version, properties));
  }

  static Say auth(int code, Property... properties) {
    return version -> packet(0xF0, new byte[] {(byte) code}, Property.list(version, properties));
  }

  /** Whatever the test likes. */
  static Say hex(String hex) {
    byte[] bytes = RawClient.hex(hex);
    return version -> bytes;
  }
}
