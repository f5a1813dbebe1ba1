package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.sluice.message.UserProperty;

/**
 * Walks over the properties of an MQTT 5 packet, exactly: each at most once but for those that may
 * repeat, none longer than the list says (section 2.2.2). Borrows the buffer.
 */
final class PropertyCursor {
  static final int PAYLOAD_FORMAT_INDICATOR = 0x01;
  static final int MESSAGE_EXPIRY_INTERVAL = 0x02;
  static final int CONTENT_TYPE = 0x03;
  static final int RESPONSE_TOPIC = 0x08;
  static final int CORRELATION_DATA = 0x09;
  static final int SESSION_EXPIRY_INTERVAL = 0x11;
  static final int AUTHENTICATION_METHOD = 0x15;
  static final int AUTHENTICATION_DATA = 0x16;
  static final int REQUEST_PROBLEM_INFORMATION = 0x17;
  static final int WILL_DELAY_INTERVAL = 0x18;
  static final int REQUEST_RESPONSE_INFORMATION = 0x19;
  static final int REASON_STRING = 0x1F;
  static final int RECEIVE_MAXIMUM = 0x21;
  static final int TOPIC_ALIAS_MAXIMUM = 0x22;
  static final int USER_PROPERTY = 0x26;
  static final int MAXIMUM_PACKET_SIZE = 0x27;

  private static final int PAIRS_MAX = 1_000; // decoded they cost more memory than as bytes

  private final Fields in;
  private final String where;
  private final int end;
  private int pairs;
  private long seen; // one bit for each identifier, all are below 64
  private int id;

  /**
   * Reads the length of the list.
   *
   * @param where the packet's name, for sentences
   */
  PropertyCursor(ByteBuf buffer, String where) throws ConnectRefused {
    this.in = new Fields(buffer, where);
    this.where = where;
    int length = in.variable("property length");
    if (length > buffer.readableBytes()) {
      throw ConnectRefused.malformed(
          "%s: the properties claim %d bytes, %d are there"
              .formatted(where, length, buffer.readableBytes()));
    }
    this.end = buffer.readerIndex() + length;
  }

  /** Goes to the next property; false after the last one. */
  boolean next() throws ConnectRefused {
    int at = in.position();
    if (at >= end) {
      if (at > end) {
        throw ConnectRefused.malformed(where + ": a property reaches beyond the property length");
      }
      return false;
    }
    id = in.variable("property identifier");
    if (id != USER_PROPERTY && id < Long.SIZE) {
      long bit = 1L << id;
      if ((seen & bit) != 0) {
        throw ConnectRefused.protocolError("%s: property 0x%02X twice".formatted(where, id));
      }
      seen |= bit;
    }
    return true;
  }

  int id() {
    return id;
  }

  /** A byte that is 0 or 1. */
  boolean flag() throws ConnectRefused {
    int value = in.oneByte("property");
    if (value > 1) {
      throw ConnectRefused.protocolError(
          "%s: property 0x%02X is %d, it can be 0 or 1".formatted(where, id, value));
    }
    return value == 1;
  }

  int twoBytes() throws ConnectRefused {
    return in.twoBytes("property");
  }

  /** Unsigned. */
  long fourBytes() throws ConnectRefused {
    return in.fourBytes("property");
  }

  String text() throws ConnectRefused {
    return in.text("property");
  }

  byte[] binary() throws ConnectRefused {
    return in.binary("property");
  }

  UserProperty pair() throws ConnectRefused {
    if (++pairs > PAIRS_MAX) {
      throw new ConnectRefused(
          ConnectRefused.Fault.QUOTA,
          "malformed_connect",
          "%s: more than %d user properties".formatted(where, PAIRS_MAX));
    }
    String name = in.text("user property");
    return new UserProperty(name, in.text("user property"));
  }

  /** What to throw for a property that does not belong into the packet (section 2.2.2.2). */
  ConnectRefused unexpected() {
    return ConnectRefused.malformed(
        "%s: property 0x%02X does not belong there".formatted(where, id));
  }
}
