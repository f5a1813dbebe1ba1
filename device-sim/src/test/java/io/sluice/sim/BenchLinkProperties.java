package io.sluice.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class BenchLinkProperties {
  private static final byte[] CONNACK_3 = {0x20, 2, 0, 0};
  private static final byte[] CONNACK_5 = {0x20, 6, 0, 0, 3, 0x21, 0, 9};

  /** Notes what it is told. */
  private static final class Noting extends BenchLink {
    final List<String> told = new ArrayList<>();

    Noting(MqttVersion version) {
      super(Session.clean(version, "c"), new LoopStats());
    }

    @Override
    void published(ByteBuf in, int payloadAt, int payloadBytes) {
      told.add("%d bytes, number %d".formatted(payloadBytes, in.getLong(payloadAt + 8)));
    }

    @Override
    void acknowledged(int packetId) {
      told.add("acknowledged " + packetId);
    }

    @Override
    void received(int packetId) {
      told.add("received " + packetId);
    }

    @Override
    void completed(int packetId) {
      told.add("completed " + packetId);
    }
  }

  private static ByteBuf stream(MqttVersion version) {
    ByteBuf stream = Unpooled.buffer();
    stream.writeBytes(version == MqttVersion.V5 ? CONNACK_5 : CONNACK_3);
    new PublishTemplate(version, "a", 0, 16).write(stream, 0, 1, 1);
    new PublishTemplate(version, "a/b", 1, 200).write(stream, 9, 1, 2);
    stream.writeBytes(new byte[] {0x40, 2, 0, 5, (byte) 0xD0, 0}); // PUBACK 5, PINGRESP
    new PublishTemplate(version, "a", 2, 20_000).write(stream, 10, 1, 3);
    stream.writeBytes(new byte[] {0x50, 2, 0, 6, 0x70, 2, 0, 6}); // PUBREC 6, PUBCOMP 6
    stream.writeBytes(new byte[] {0x62, 2, 0, 10}); // PUBREL 10
    return stream;
  }

  @Property(tries = 200)
  void readsTheSameHoweverTheNetworkCutsIt(
      @ForAll MqttVersion version,
      @ForAll @Size(max = 40) List<@IntRange(min = 1, max = 1_500) Integer> cuts) {
    Noting link = new Noting(version);
    EmbeddedChannel channel = new EmbeddedChannel(link);
    channel.<ByteBuf>readOutbound().release(); // CONNECT

    ByteBuf stream = stream(version);
    for (int cut : cuts) {
      channel.writeInbound(copy(stream, Math.min(cut, stream.readableBytes())));
    }
    channel.writeInbound(copy(stream, stream.readableBytes()));

    assertThat(link.ready()).isCompleted();
    assertThat(link.told)
        .containsExactly(
            "16 bytes, number 1",
            "200 bytes, number 2",
            "acknowledged 5",
            "20000 bytes, number 3",
            "received 6",
            "completed 6");
    ByteBuf answered = Unpooled.buffer();
    for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      answered.writeBytes(out);
      out.release();
    }
    assertThat(ByteBufUtil.hexDump(answered))
        .as("PUBACK 9, PUBREC 10, PUBREL 6, PUBCOMP 10")
        .isEqualTo("40020009" + "5002000a" + "62020006" + "7002000a");
    channel.finishAndReleaseAll();
  }

  private static ByteBuf copy(ByteBuf from, int bytes) {
    ByteBuf copy = Unpooled.buffer(Math.max(1, bytes));
    copy.writeBytes(from, bytes);
    return copy;
  }

  @Example
  void aRefusedConnectSaysItsCode() {
    Noting link = new Noting(MqttVersion.V5);
    EmbeddedChannel channel = new EmbeddedChannel(link);
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {0x20, 3, 0, (byte) 0x87, 0}));

    assertThat(link.ready())
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withMessageContaining("CONNECT refused: 0x87");
    assertThat(channel.isOpen()).isFalse();
    channel.finishAndReleaseAll();
  }

  @Example
  void aRefusedPublishIsCountedAndEndsItsFlow() {
    Noting link = new Noting(MqttVersion.V5);
    EmbeddedChannel channel = new EmbeddedChannel(link);
    channel.<ByteBuf>readOutbound().release();
    channel.writeInbound(
        Unpooled.wrappedBuffer(
            CONNACK_5, new byte[] {0x40, 3, 0, 1, (byte) 0x87, 0x50, 3, 0, 2, (byte) 0x97}));

    assertThat(link.told).containsExactly("acknowledged 1", "acknowledged 2");
    assertThat(link.stats.failures)
        .containsEntry("PUBLISH refused: 0x87", 1L)
        .containsEntry("PUBLISH refused: 0x97", 1L);
    assertThat(channel.<ByteBuf>readOutbound()).as("no PUBREL after an error").isNull();
    channel.finishAndReleaseAll();
  }

  @Example
  void aQos2MessageSentAgainBeforeItsReleaseIsAnsweredButNotToldTwice() {
    Noting link = new Noting(MqttVersion.V3_1_1);
    EmbeddedChannel channel = new EmbeddedChannel(link);
    channel.<ByteBuf>readOutbound().release();
    ByteBuf stream = Unpooled.buffer().writeBytes(CONNACK_3);
    PublishTemplate template = new PublishTemplate(MqttVersion.V3_1_1, "a", 2, 16);
    template.write(stream, 7, 1, 1);
    template.write(stream, 7, 1, 1);
    stream.writeBytes(new byte[] {0x62, 2, 0, 7, 0x62, 2, 0, 8}); // PUBREL 7, PUBREL 8
    template.write(stream, 7, 1, 2);
    channel.writeInbound(stream);

    assertThat(link.told).containsExactly("16 bytes, number 1", "16 bytes, number 2");
    assertThat(link.stats.failures)
        .containsEntry("QoS 2 PUBLISH sent again on one connection", 1L)
        .containsEntry("PUBREL of nothing received", 1L);
    ByteBuf answered = channel.readOutbound();
    assertThat(ByteBufUtil.hexDump(answered))
        .as("PUBREC 7 twice, PUBCOMP 7 and 8, PUBREC 7")
        .isEqualTo("50020007" + "50020007" + "70020007" + "70020008" + "50020007");
    answered.release();
    channel.finishAndReleaseAll();
  }

  @Example
  void aBrokerThatSpeaksNonsenseIsLeft() {
    Noting link = new Noting(MqttVersion.V3_1_1);
    EmbeddedChannel channel = new EmbeddedChannel(link);
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {0x20, 2, 0, 0, 0x10, 2, 0, 0}));

    assertThat(channel.isOpen()).isFalse();
    assertThat(link.stats.failures).containsEntry("the broker sent a packet of type 1", 1L);
    channel.finishAndReleaseAll();
  }
}
