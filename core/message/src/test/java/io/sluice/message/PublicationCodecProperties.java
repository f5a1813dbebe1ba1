package io.sluice.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** What is encoded is decoded, the bytes stay as drawn, and damage is said, never guessed at. */
class PublicationCodecProperties {

  private static Publication publication(Random random) {
    return new Publication(
        TopicName.of("t/" + text(random)),
        bytes(random, 300),
        QoS.of(random.nextInt(3)),
        random.nextBoolean(),
        random.nextBoolean() ? PublishProperties.NONE : properties(random),
        new Origin(
            random.nextBoolean() ? null : text(random),
            random.nextBoolean() ? null : text(random),
            random.nextBoolean() ? null : "10.0.0." + random.nextInt(256),
            Origin.Kind.of(random.nextInt(4)),
            random.nextInt(256)),
        random.nextLong() >>> 1);
  }

  private static PublishProperties properties(Random random) {
    List<UserProperty> user = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      user.add(new UserProperty(text(random), text(random)));
    }
    return new PublishProperties(
        random.nextBoolean() ? null : random.nextInt(2),
        random.nextBoolean() ? null : random.nextInt() & 0xFFFF_FFFFL,
        random.nextBoolean() ? null : text(random),
        random.nextBoolean() ? null : text(random),
        random.nextBoolean() ? null : bytes(random, 20),
        user);
  }

  private static String text(Random random) {
    String[] characters = {"a", "/", "-", " ", "\u00fc", "\u20ac", "\ud83d\ude00"};
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append(characters[random.nextInt(characters.length)]);
    }
    return text.toString();
  }

  private static byte[] bytes(Random random, int most) {
    byte[] bytes = new byte[random.nextInt(most)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static void assertSame(Publication actual, Publication expected) {
    assertThat(actual)
        .usingRecursiveComparison()
        .withEqualsForType(TopicName::equals, TopicName.class)
        .isEqualTo(expected);
  }

  @Property
  void whatIsEncodedIsDecoded(@ForAll long seed) {
    Publication publication = publication(new Random(seed));
    assertSame(PublicationCodec.decode(PublicationCodec.encode(publication)), publication);
  }

  @Property(tries = 100)
  void everyCutIsDamage(@ForAll long seed) {
    byte[] whole = PublicationCodec.encode(publication(new Random(seed)));
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> PublicationCodec.decode(cut))
          .isInstanceOf(IllegalArgumentException.class);
    }
    byte[] longer = Arrays.copyOf(whole, whole.length + 1);
    assertThatThrownBy(() -> PublicationCodec.decode(longer))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Property(tries = 3000)
  void changedBytesAreAPublicationOrAnIllegalArgument(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] bytes = PublicationCodec.encode(publication(random));
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    try {
      assertThat(PublicationCodec.decode(bytes).topic()).isNotNull();
    } catch (IllegalArgumentException said) {
      assertThat(said).hasMessageNotContaining("null");
    }
  }

  /** The drawing of docs/formats/publication.md, byte by byte. */
  @Example
  void theBytesAreAsDrawn() {
    Publication plain =
        new Publication(
            TopicName.of("a/b"),
            "hi".getBytes(StandardCharsets.UTF_8),
            QoS.AT_LEAST_ONCE,
            false,
            PublishProperties.NONE,
            new Origin("c", null, "::1", Origin.Kind.MQTT, 0),
            0x0102030405060708L);
    assertThat(hex(plain))
        .isEqualTo(
            "01" // version
                + "01" // QoS 1, MQTT
                + "00" // hops
                + "0102030405060708" // stamp
                + "0003612f62" // topic
                + "01000163" // client identifier
                + "00" // no principal
                + "0100033a3a31" // source address
                + "00000002" // payload
                + "6869");
    Publication full =
        new Publication(
            TopicName.of("t"),
            new byte[0],
            QoS.EXACTLY_ONCE,
            true,
            new PublishProperties(
                1,
                0xFFFF_FFFFL,
                "x",
                "r",
                new byte[] {9},
                List.of(new UserProperty("n", ""), new UserProperty("n", "v"))),
            new Origin(null, "p", null, Origin.Kind.WILL, 255),
            1);
    assertThat(hex(full))
        .isEqualTo(
            "01" // version
                + "3e" // QoS 2, retain, properties, will
                + "ff" // hops
                + "0000000000000001" // stamp
                + "000174" // topic
                + "00" // no client identifier
                + "01000170" // principal
                + "00" // no source address
                + "3f" // all six properties
                + "01" // payload format indicator
                + "ffffffff" // message expiry
                + "000178" // content type
                + "000172" // response topic
                + "0000000109" // correlation data
                + "00000002" // user properties
                + "00016e0000"
                + "00016e000176"
                + "00000000"); // payload
    assertSame(PublicationCodec.decode(HexFormat.of().parseHex(hex(full))), full);
  }

  private static String hex(Publication publication) {
    return HexFormat.of().formatHex(PublicationCodec.encode(publication));
  }

  @Example
  void aNewerVersionIsNamed() {
    assertThatThrownBy(() -> PublicationCodec.decode(new byte[] {2, 0, 0}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("version 2");
  }

  @Example
  void whatDoesNotFitIsRefused() {
    Publication tooLong =
        new Publication(
            TopicName.of("t"),
            new byte[0],
            QoS.AT_MOST_ONCE,
            false,
            PublishProperties.NONE,
            new Origin("c".repeat(65_536), null, null, Origin.Kind.HTTP, 0),
            1);
    assertThatThrownBy(() -> PublicationCodec.encode(tooLong))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("65536");
  }
}
