package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;

/** A conversation with the broker in one version of the protocol, on any wire. */
final class Dialog implements AutoCloseable {
  private final RawClient client;
  private final int version;
  private final ArrayDeque<Heard> early = new ArrayDeque<>();

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
    Heard waiting = early.poll();
    return waiting == null ? read() : waiting;
  }

  private Heard read() {
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

  /**
   * The next packet of this type; publications that come before it are heard later. A server may
   * send what a subscription matches ahead of its SUBACK (5, 3.8.4), and a publication to oneself
   * ahead of its PUBACK.
   */
  Heard hearAmongPublications(int type) {
    Heard heard = read();
    while (heard.type() == Heard.PUBLISH) {
      early.add(heard);
      heard = read();
    }
    assertThat(heard.type()).as("type of %s", heard).isEqualTo(type);
    return heard;
  }

  /** SUBSCRIBE, and its SUBACK, which must grant. */
  Dialog subscribe(int packetId, String filter, int options) {
    return subscribe(options & 3, Say.subscribe(packetId, filter, options));
  }

  /** SUBSCRIBE, and its SUBACK, which must grant this. */
  Dialog subscribe(int granted, Say subscribe) {
    say(subscribe);
    Heard suback = hearAmongPublications(Heard.SUBACK);
    assertThat(suback.codes()).isEqualTo("%02X".formatted(granted));
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

  /** A SUBSCRIBE of one filter was in vain: its SUBACK says so, or the connection is closed. */
  void isNotGranted() {
    RawClient.Packet packet = client.read();
    if (packet == null) {
      assertThat(version).as("level of a client that is closed without a word").isLessThan(5);
      return;
    }
    Heard answer = new Heard(version, packet.first(), packet.body());
    if (answer.type() == Heard.SUBACK) {
      assertThat(answer.codes()).isEqualTo(version == 5 ? "8F" : "80");
    } else {
      assertThat(answer.type()).as("type of %s", answer).isEqualTo(Heard.DISCONNECT);
      assertThat(answer.code()).isIn(0x81, 0x82, 0x8F);
      isClosed();
    }
  }

  /** The broker does not let the client in: it closes, with or without a CONNACK that says why. */
  void isRefused() {
    RawClient.Packet packet = client.read();
    if (packet != null) {
      Heard connack = new Heard(version, packet.first(), packet.body());
      assertThat(connack.type()).as("type of %s", connack).isEqualTo(Heard.CONNACK);
      assertThat(connack.code()).as("return code of %s", connack).isPositive();
      assertThat(connack.sessionPresent()).isFalse(); // [MQTT-3.2.2-6]
      isClosed(); // [MQTT-3.2.2-7]
    }
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
