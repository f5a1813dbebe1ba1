package io.sluice.message;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A publication as bytes, for the ingress log and the inboxes. The layout is drawn in {@code
 * docs/formats/publication.md}; a golden test keeps it true. Integers are big-endian; texts are a
 * length of two or four bytes and UTF-8.
 */
public final class PublicationCodec {
  private static final int VERSION = 1;

  private static final int RETAIN = 0x04;
  private static final int HAS_PROPERTIES = 0x08;
  private static final int KIND_SHIFT = 4;

  private static final int FORMAT = 0x01;
  private static final int EXPIRY = 0x02;
  private static final int CONTENT_TYPE = 0x04;
  private static final int RESPONSE_TOPIC = 0x08;
  private static final int CORRELATION = 0x10;
  private static final int USER = 0x20;

  private PublicationCodec() {}

  /** The publication as a fresh array. */
  public static byte[] encode(Publication publication) {
    ByteArrayOutputStream bytes =
        new ByteArrayOutputStream(
            64 + publication.topic().toString().length() + publication.payload().length);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      PublishProperties properties = publication.properties();
      out.writeByte(VERSION);
      out.writeByte(
          publication.qos().value()
              | (publication.retain() ? RETAIN : 0)
              | (properties.isEmpty() ? 0 : HAS_PROPERTIES)
              | publication.origin().kind().code() << KIND_SHIFT);
      out.writeByte(publication.origin().hops());
      out.writeLong(publication.stampMicros());
      writeText(out, publication.topic().toString());
      writeOptional(out, publication.origin().clientId());
      writeOptional(out, publication.origin().principal());
      writeOptional(out, publication.origin().sourceIp());
      if (!properties.isEmpty()) {
        writeProperties(out, properties);
      }
      out.writeInt(publication.payload().length);
      out.write(publication.payload());
    } catch (IOException impossible) { // an array in memory
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  private static void writeProperties(DataOutputStream out, PublishProperties p)
      throws IOException {
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

  /**
   * Reads back what {@link #encode} wrote.
   *
   * @throws IllegalArgumentException when the bytes are not a publication, or of a newer version
   */
  public static Publication decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int version = in.readUnsignedByte();
      if (version != VERSION) {
        throw new IllegalArgumentException(
            "publication record has version %d, this gateway reads version %d; start the gateway that wrote it"
                .formatted(version, VERSION));
      }
      int flags = in.readUnsignedByte();
      int hops = in.readUnsignedByte();
      long stamp = in.readLong();
      TopicName topic = TopicName.of(readText(in));
      Origin origin =
          new Origin(
              readOptional(in),
              readOptional(in),
              readOptional(in),
              Origin.Kind.of(flags >> KIND_SHIFT),
              hops);
      PublishProperties properties =
          (flags & HAS_PROPERTIES) == 0 ? PublishProperties.NONE : readProperties(in);
      byte[] payload = readBytes(in, bytes.length);
      return new Publication(
          topic, payload, QoS.of(flags & 0x03), (flags & RETAIN) != 0, properties, origin, stamp);
    } catch (IOException | IndexOutOfBoundsException damaged) {
      throw new IllegalArgumentException(
          "publication record of %d bytes is damaged".formatted(bytes.length), damaged);
    }
  }

  private static PublishProperties readProperties(DataInputStream in) throws IOException {
    int present = in.readUnsignedByte();
    Integer format = (present & FORMAT) == 0 ? null : in.readUnsignedByte();
    Long expiry = (present & EXPIRY) == 0 ? null : in.readInt() & 0xFFFF_FFFFL;
    String contentType = (present & CONTENT_TYPE) == 0 ? null : readText(in);
    String responseTopic = (present & RESPONSE_TOPIC) == 0 ? null : readText(in);
    byte[] correlation = (present & CORRELATION) == 0 ? null : readBytes(in, in.available());
    List<UserProperty> user = new ArrayList<>();
    if ((present & USER) != 0) {
      for (int left = in.readInt(); left > 0; left--) {
        user.add(new UserProperty(readText(in), readText(in)));
      }
    }
    return new PublishProperties(format, expiry, contentType, responseTopic, correlation, user);
  }

  private static void writeText(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeShort(utf8.length);
    out.write(utf8);
  }

  private static String readText(DataInput in) throws IOException {
    byte[] utf8 = new byte[in.readUnsignedShort()];
    in.readFully(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static void writeOptional(DataOutputStream out, @Nullable String text)
      throws IOException {
    out.writeBoolean(text != null);
    if (text != null) {
      writeText(out, text);
    }
  }

  private static @Nullable String readOptional(DataInput in) throws IOException {
    return in.readBoolean() ? readText(in) : null;
  }

  private static byte[] readBytes(DataInput in, int most) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > most) {
      throw new IOException("length " + length);
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }
}
