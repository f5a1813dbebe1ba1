package io.sluice.engine;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/**
 * A message on its way out of the process, as a row: a head of fixed length that says how it fares,
 * and behind it what it is. All templates are filled, so it needs no rule to be sent. The layout is
 * in {@code docs/formats/rules.md}.
 *
 * @param attempt what the ledger and the error action need to know
 * @param id the same however often it is tried
 * @param fields the action's, filled; JSON
 * @param order messages with the same number are sent in their order
 * @param group messages with the same number may share a call; 0 for none
 */
record OutboxRow(
    RuleEffect.Attempt attempt,
    UUID id,
    byte[] fields,
    Carrier.Output output,
    byte[] body,
    long order,
    long group) {
  private static final int VERSION = 1;
  static final int HEAD_BYTES = 1 + 4 + 8 + 8 + 8 + 8;
  private static final int TRIES_AT = 1;
  private static final int FIRST_AT = 5;
  private static final int DUE_AT = 13;
  private static final int ORDER_AT = 21;
  private static final int GROUP_AT = 29;

  /** How a row fares. */
  record Head(int tries, long firstMillis, long dueMillis, long order, long group) {}

  byte[] encode(long nowMillis) {
    ByteArrayOutputStream bytes =
        new ByteArrayOutputStream(
            HEAD_BYTES + 256 + fields.length + body.length + attempt.publication().length);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeInt(0);
      out.writeLong(nowMillis);
      out.writeLong(0);
      out.writeLong(order);
      out.writeLong(group);
      out.writeLong(id.getMostSignificantBits());
      out.writeLong(id.getLeastSignificantBits());
      write(out, output.name().getBytes(StandardCharsets.US_ASCII));
      out.writeBoolean(attempt.isErrorAction());
      out.writeInt(attempt.sourcePartition());
      out.writeLong(attempt.sourceOffset());
      write(out, attempt.rule().getBytes(StandardCharsets.UTF_8));
      write(out, attempt.action().getBytes(StandardCharsets.UTF_8));
      write(out, attempt.key().getBytes(StandardCharsets.UTF_8));
      write(out, attempt.resource().getBytes(StandardCharsets.UTF_8));
      write(out, fields);
      write(out, body);
      write(out, attempt.publication());
    } catch (IOException impossible) { // an array in memory
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /**
   * @throws IllegalArgumentException when it is no such row
   */
  static Head head(byte[] row) {
    if (row.length < HEAD_BYTES || row[0] != VERSION) {
      throw new IllegalArgumentException(
          "an outbox row has version %d, this gateway reads %d"
              .formatted(row.length == 0 ? -1 : row[0], VERSION));
    }
    ByteBuffer in = ByteBuffer.wrap(row);
    return new Head(
        in.getInt(TRIES_AT),
        in.getLong(FIRST_AT),
        in.getLong(DUE_AT),
        in.getLong(ORDER_AT),
        in.getLong(GROUP_AT));
  }

  /** The row after a try that failed. */
  static byte[] triedAgain(byte[] row, int tries, long dueMillis) {
    byte[] next = Arrays.copyOf(row, row.length);
    ByteBuffer.wrap(next).putInt(TRIES_AT, tries).putLong(DUE_AT, dueMillis);
    return next;
  }

  /**
   * @throws IllegalArgumentException when it is no such row
   */
  static OutboxRow decode(byte[] row) {
    Head head = head(row);
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(row, HEAD_BYTES, row.length - HEAD_BYTES))) {
      UUID id = new UUID(in.readLong(), in.readLong());
      Carrier.Output output = Carrier.Output.valueOf(text(in));
      boolean isErrorAction = in.readBoolean();
      int partition = in.readInt();
      long offset = in.readLong();
      String rule = text(in);
      String action = text(in);
      String key = text(in);
      String resource = text(in);
      byte[] fields = bytes(in);
      byte[] body = bytes(in);
      RuleEffect.Attempt attempt =
          new RuleEffect.Attempt(
              rule, action, key, resource, bytes(in), partition, offset, isErrorAction);
      return new OutboxRow(attempt, id, fields, output, body, head.order(), head.group());
    } catch (IOException | IndexOutOfBoundsException damaged) {
      throw new IllegalArgumentException("an outbox row is cut off", damaged);
    }
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(bytes(in), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IllegalArgumentException("an outbox row is cut off");
    }
    return in.readNBytes(length);
  }

  @Override
  public boolean equals(Object other) { // by value of its arrays, for tests of the layout
    return other instanceof OutboxRow row && Arrays.equals(encode(0), row.encode(0));
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }
}
