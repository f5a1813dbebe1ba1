package io.sluice.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the bench writes by hand, read by a decoder that others wrote. */
class WireTest {
  private final EmbeddedChannel decoder = new EmbeddedChannel(new MqttDecoder(1 << 20));

  /** The decoder learns the version from the CONNECT before. */
  private MqttMessage decode(MqttVersion version, Consumer<ByteBuf> writes) {
    ByteBuf connect = Unpooled.buffer();
    Wire.connect(connect, version, "c", true, 0, 0);
    decoder.writeInbound(connect);
    decoder.<MqttMessage>readInbound();
    ByteBuf out = Unpooled.buffer();
    writes.accept(out);
    decoder.writeInbound(out);
    MqttMessage message = decoder.readInbound();
    assertThat(message.decoderResult().isSuccess()).as("%s", message.decoderResult()).isTrue();
    assertThat(decoder.<MqttMessage>readInbound()).as("one packet").isNull();
    return message;
  }

  @ParameterizedTest
  @CsvSource({"V3_1_1,true,0,0", "V3_1_1,false,60,3600", "V5,true,0,0", "V5,false,30,3600"})
  void connect(MqttVersion version, boolean clean, int keepAlive, int expiry) {
    MqttConnectMessage packet =
        (MqttConnectMessage)
            decode(version, out -> Wire.connect(out, version, "käse-1", clean, keepAlive, expiry));

    assertThat(packet.payload().clientIdentifier()).isEqualTo("käse-1");
    assertThat(packet.variableHeader().version()).isEqualTo(version.level());
    assertThat(packet.variableHeader().isCleanSession()).isEqualTo(clean);
    assertThat(packet.variableHeader().keepAliveTimeSeconds()).isEqualTo(keepAlive);
    MqttProperties.MqttProperty<?> said = packet.variableHeader().properties().getProperty(0x11);
    if (version == MqttVersion.V5 && expiry > 0) {
      assertThat(said.value()).isEqualTo(expiry);
    } else {
      assertThat(said).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(MqttVersion.class)
  void subscribe(MqttVersion version) {
    MqttSubscribeMessage packet =
        (MqttSubscribeMessage) decode(version, out -> Wire.subscribe(out, version, 7, "a/#", 2));

    assertThat(packet.variableHeader().messageId()).isEqualTo(7);
    assertThat(packet.payload().topicSubscriptions())
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.topicFilter()).isEqualTo("a/#");
              assertThat(one.qualityOfService().value()).isEqualTo(2);
            });
  }

  @ParameterizedTest
  @CsvSource({"V3_1_1,0,16", "V3_1_1,1,16", "V3_1_1,2,0", "V5,0,8", "V5,1,16", "V5,2,20000"})
  void publish(MqttVersion version, int qos, int payloadBytes) {
    PublishTemplate template = new PublishTemplate(version, "bench/é", qos, payloadBytes);

    MqttPublishMessage packet =
        (MqttPublishMessage) decode(version, out -> template.write(out, 513, 77, 1L << 40 | 5));

    assertThat(packet.variableHeader().topicName()).isEqualTo("bench/é");
    assertThat(packet.fixedHeader().qosLevel().value()).isEqualTo(qos);
    if (qos > 0) {
      assertThat(packet.variableHeader().packetId()).isEqualTo(513);
    }
    assertThat(packet.payload().readableBytes()).isEqualTo(payloadBytes);
    if (payloadBytes >= 8) {
      assertThat(packet.payload().getLong(0)).isEqualTo(77);
    }
    if (payloadBytes >= 16) {
      assertThat(packet.payload().getLong(8)).isEqualTo(1L << 40 | 5);
    }
    packet.release();
  }

  @ParameterizedTest
  @CsvSource({"4,PUBACK", "5,PUBREC", "6,PUBREL", "7,PUBCOMP"})
  void acknowledgements(int type, MqttMessageType expected) {
    MqttMessage packet = decode(MqttVersion.V5, out -> Wire.acknowledge(out, type, 65_535));

    assertThat(packet.fixedHeader().messageType()).isEqualTo(expected);
    assertThat(((MqttMessageIdVariableHeader) packet.variableHeader()).messageId())
        .isEqualTo(65_535);
  }

  @Test
  void pingAndDisconnect() {
    assertThat(decode(MqttVersion.V5, Wire::ping).fixedHeader().messageType())
        .isEqualTo(MqttMessageType.PINGREQ);
    assertThat(decode(MqttVersion.V5, Wire::disconnect).fixedHeader().messageType())
        .isEqualTo(MqttMessageType.DISCONNECT);
  }
}
