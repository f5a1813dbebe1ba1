package io.sluice.message;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A publication as bytes, for the ingress log and the inboxes. The layout is drawn in {@code
 * docs/formats/publication.md}; a golden test keeps it true. Integers are big-endian; texts are a
 * length of two bytes and UTF-8.
 *
 * <p>Both directions are on the durable path of every message: one array of the right size out, one
 * pass in.
 */
public final class PublicationCodec {
  private static final int VERSION = 1;

  private static final int QOS = 0x03;
  private static final int RETAIN = 0x04;
  private static final int HAS_PROPERTIES = 0x08;
  private static final int KIND_SHIFT = 4;

  private static final int FORMAT = 0x01;
  private static final int EXPIRY = 0x02;
  private static final int CONTENT_TYPE = 0x04;
  private static final int RESPONSE_TOPIC = 0x08;
  private static final int CORRELATION = 0x10;
  private static final int USER = 0x20;

  private static final int HOPS_MAX = 255;
  private static final int TEXT_BYTES_MAX = 65_535;
  private static final byte[] NOTHING = new byte[0];

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private PublicationCodec() {}

  /**
   * The publication as a fresh array.
   *
   * @throws IllegalArgumentException when a text has more than 65,535 bytes, which none from MQTT
   *     has
   */
  public static byte[] encode(Publication publication) {
    Origin origin = publication.origin();
    PublishProperties properties = publication.properties();
    byte[] payload = publication.payload();
    byte[] topic = publication.topic().utf8();
    byte @Nullable [] clientId = utf8(origin.clientId());
    byte @Nullable [] principal = utf8(origin.principal());
    byte @Nullable [] sourceIp = utf8(origin.sourceIp());
    byte[] encodedProperties = properties.isEmpty() ? NOTHING : encode(properties);
    byte[] out =
        new byte
            [3
                + Long.BYTES
                + Short.BYTES
                + topic.length
                + optionalLength(clientId)
                + optionalLength(principal)
                + optionalLength(sourceIp)
                + encodedProperties.length
                + Integer.BYTES
                + payload.length];
    out[0] = VERSION;
    out[1] =
        (byte)
            (publication.qos().value()
                | (publication.retain() ? RETAIN : 0)
                | (properties.isEmpty() ? 0 : HAS_PROPERTIES)
                | origin.kind().code() << KIND_SHIFT);
    out[2] = (byte) Math.min(HOPS_MAX, origin.hops());
    LONG.set(out, 3, publication.stampMicros());
    int at = putText(out, 3 + Long.BYTES, topic);
    at = putOptional(out, at, clientId);
    at = putOptional(out, at, principal);
    at = putOptional(out, at, sourceIp);
    System.arraycopy(encodedProperties, 0, out, at, encodedProperties.length);
    at += encodedProperties.length;
    INT.set(out, at, payload.length);
    System.arraycopy(payload, 0, out, at + Integer.BYTES, payload.length);
    return out;
  }

  private static byte @Nullable [] utf8(@Nullable String text) {
    return text == null ? null : checked(text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] checked(byte[] utf8) {
    if (utf8.length > TEXT_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a text of a publication has %d bytes; at most %d fit"
              .formatted(utf8.length, TEXT_BYTES_MAX));
    }
    return utf8;
  }

  private static int optionalLength(byte @Nullable [] utf8) {
    return utf8 == null ? 1 : 1 + Short.BYTES + utf8.length;
  }

  private static int putText(byte[] out, int at, byte[] utf8) {
    SHORT.set(out, at, (short) utf8.length);
    System.arraycopy(utf8, 0, out, at + Short.BYTES, utf8.length);
    return at + Short.BYTES + utf8.length;
  }

  private static int putOptional(byte[] out, int at, byte @Nullable [] utf8) {
    if (utf8 == null) {
      return at + 1; // zero already
    }
    out[at] = 1;
    return putText(out, at + 1, utf8);
  }

  /** Few publications have properties, so this part takes the easy way. */
  private static byte[] encode(PublishProperties properties) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      write(out, properties);
    } catch (IOException impossible) { // an array in memory
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, PublishProperties p) throws IOException {
    out.writeByte(
        (p.payloadFormatIndicator() == null ? 0 : FORMAT)
            | (p.messageExpirySeconds() == null ? 0 : EXPIRY)
            | (p.contentType() == null ? 0 : CONTENT_TYPE)
            | (p.responseTopic() == null ? 0 : RESPONSE_TOPIC)
            | (p.correlationData() == null ? 0 : CORRELATION)
            | (p.userProperties().isEmpty() ? 0 : USER));
    if (p.payloadFormatIndicator() != null) {
      out.writeByte(p.payloadFormatIndicator());
    }
    if (p.messageExpirySeconds() != null) {
      out.writeInt((int) (long) p.messageExpirySeconds());
    }
    if (p.contentType() != null) {
      writeText(out, p.contentType());
    }
    if (p.responseTopic() != null) {
      writeText(out, p.responseTopic());
    }
    if (p.correlationData() != null) {
      out.writeInt(p.correlationData().length);
      out.write(p.correlationData());
    }
    if (!p.userProperties().isEmpty()) {
      out.writeInt(p.userProperties().size());
      for (UserProperty property : p.userProperties()) {
        writeText(out, property.name());
        writeText(out, property.value());
      }
    }
  }

  private static void writeText(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = checked(text.getBytes(StandardCharsets.UTF_8));
    out.writeShort(utf8.length);
    out.write(utf8);
  }

  /**
   * Reads back what {@link #encode} wrote.
   *
   * @throws IllegalArgumentException when the bytes are not a publication, or of a newer version
   */
  public static Publication decode(byte[] bytes) {
    try {
      return decode(new Reader(bytes));
    } catch (IndexOutOfBoundsException damaged) {
      throw new IllegalArgumentException(
          "publication record of %d bytes is damaged".formatted(bytes.length), damaged);
    }
  }

  private static Publication decode(Reader in) {
    int version = in.unsignedByte();
    if (version != VERSION) {
      throw new IllegalArgumentException(
          "publication record has version %d, this gateway reads version %d; start the gateway that wrote it"
              .formatted(version, VERSION));
    }
    int flags = in.unsignedByte();
    int hops = in.unsignedByte();
    long stamp = in.number();
    TopicName topic = TopicName.of(in.text());
    Origin origin =
        new Origin(
            in.optional(), in.optional(), in.optional(), Origin.Kind.of(flags >> KIND_SHIFT), hops);
    PublishProperties properties =
        (flags & HAS_PROPERTIES) == 0 ? PublishProperties.NONE : properties(in);
    byte[] payload = in.bytes();
    in.end();
    return new Publication(
        topic, payload, QoS.of(flags & QOS), (flags & RETAIN) != 0, properties, origin, stamp);
  }

  private static PublishProperties properties(Reader in) {
    int present = in.unsignedByte();
    Integer format = (present & FORMAT) == 0 ? null : in.unsignedByte();
    Long expiry = (present & EXPIRY) == 0 ? null : in.integer() & 0xFFFF_FFFFL;
    String contentType = (present & CONTENT_TYPE) == 0 ? null : in.text();
    String responseTopic = (present & RESPONSE_TOPIC) == 0 ? null : in.text();
    byte[] correlation = (present & CORRELATION) == 0 ? null : in.bytes();
    List<UserProperty> user = new ArrayList<>();
    if ((present & USER) != 0) {
      for (int left = in.integer(); left > 0; left--) { // a wrong count soon meets the end
        user.add(new UserProperty(in.text(), in.text()));
      }
    }
    return new PublishProperties(format, expiry, contentType, responseTopic, correlation, user);
  }

  /** Walks over the bytes; every step past their end is an IndexOutOfBoundsException. */
  private static final class Reader {
    private final byte[] bytes;
    private int at;

    Reader(byte[] bytes) {
      this.bytes = bytes;
    }

    int unsignedByte() {
      return bytes[at++] & 0xFF;
    }

    int integer() {
      int value = (int) INT.get(bytes, at);
      at += Integer.BYTES;
      return value;
    }

    long number() {
      long value = (long) LONG.get(bytes, at);
      at += Long.BYTES;
      return value;
    }

    String text() {
      int length = (short) SHORT.get(bytes, at) & 0xFFFF;
      int begin = at + Short.BYTES;
      at = checkedEnd(begin, length);
      return new String(bytes, begin, length, StandardCharsets.UTF_8);
    }

    @Nullable String optional() {
      return unsignedByte() == 0 ? null : text();
    }

    byte[] bytes() {
      int length = integer();
      int begin = at;
      at = checkedEnd(begin, length);
      return Arrays.copyOfRange(bytes, begin, at);
    }

    private int checkedEnd(int begin, int length) {
      if (length < 0 || length > bytes.length - begin) {
        throw new IndexOutOfBoundsException("length " + length + " at " + begin);
      }
      return begin + length;
    }

    void end() {
      if (at != bytes.length) {
        throw new IndexOutOfBoundsException((bytes.length - at) + " bytes too many");
      }
    }
  }
}
