package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

/** A conversation with the broker in one version of the protocol, on any wire. */
final class Dialog implements AutoCloseable {
  private final RawClient client;
  private final int version;

  /** Takes the client. */
  Dialog(RawClient client, int version) {
    this.client = client;
    this.version = version;
  }

  /** Says the packets in one breath. */
  Dialog say(Say... packets) {
    byte[][] bytes = new byte[packets.length][];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = packets[i].bytes(version);
    }
    client.send(bytes);
    return this;
  }

  /** The next packet. */
  Heard hear() {
    RawClient.Packet packet = client.read();
    if (packet == null) {
      throw new AssertionError("the broker closed the connection where a packet was due");
    }
    return new Heard(version, packet.first(), packet.body());
  }

  /** The next packet, which must be of this type. */
  Heard hear(int type) {
    Heard heard = hear();
    assertThat(heard.type()).as("type of %s", heard).isEqualTo(type);
    return heard;
  }

  /** The next packet, which must be an acknowledgement of this type, identifier and reason code. */
  Heard hear(int type, int packetId, int code) {
    Heard heard = hear(type);
    assertThat(heard.packetId()).as("packet identifier of %s", heard).isEqualTo(packetId);
    assertThat("%02X".formatted(heard.code()))
        .as("reason code of %s", heard)
        .isEqualTo("%02X".formatted(code));
    return heard;
  }

  /** CONNECT, and a CONNACK that lets the client in. */
  Heard enter(Say connect) {
    say(connect);
    Heard connack = hear(Heard.CONNACK);
    assertThat(connack.code()).as("return code of %s", connack).isZero();
    return connack;
  }

  /** SUBSCRIBE, and its SUBACK, which must grant. */
  Dialog subscribe(int packetId, String filter, int options) {
    say(Say.subscribe(packetId, filter, options));
    Heard suback = hear(Heard.SUBACK);
    assertThat(suback.codes()).isEqualTo("%02X".formatted(options & 3));
    return this;
  }

  /** Nothing lies between what was heard and the answer to a PINGREQ. */
  Dialog hearNothing() {
    say(Say.ping());
    hear(Heard.PINGRESP);
    return this;
  }

  /** The broker closes, and says why in the words of MQTT 5; an older client is just closed. */
  void isDisconnected(int code) {
    if (version >= 5) {
      Heard disconnect = hear(Heard.DISCONNECT);
      assertThat("%02X".formatted(disconnect.code()))
          .as("reason code of %s", disconnect)
          .isEqualTo("%02X".formatted(code));
    }
    isClosed();
  }

  /** The broker closes without a further word. */
  void isClosed() {
    RawClient.Packet packet = client.read();
    assertThat(packet == null ? "closed" : packet.hex()).isEqualTo("closed");
  }

  /** Ends without DISCONNECT. */
  @Override
  public void close() {
    client.close();
  }
}
