package io.sluice.queue;

import io.sluice.queue.QueueError.Code;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What can be said of a message without knowing its queue. Source: Amazon SQS API Reference,
 * SendMessage; Developer Guide, "Message metadata".
 */
final class MessageChecks {
  /** Of a queue's limit and of a whole batch, in bytes. */
  static final int SIZE_MAX = 1_048_576;

  static final int ENTRIES_MAX = 10;
  static final int DELAY_SECONDS_MAX = 900;
  private static final int ATTRIBUTES_MAX = 10;
  private static final int NUMBER_DIGITS_MAX = 38;
  private static final Pattern ENTRY_ID = Pattern.compile("[A-Za-z0-9_-]{1,80}");
  private static final Pattern ATTRIBUTE_NAME = Pattern.compile("[A-Za-z0-9_.-]{1,256}");
  private static final Pattern ATTRIBUTE_TYPE =
      Pattern.compile("(String|Number|Binary)(\\.[^\\u0000]{1,249})?");
  private static final Pattern FIFO_ID = Pattern.compile("[\\x21-\\x7E]{1,128}");

  private MessageChecks() {}

  /**
   * @throws QueueError when the contents are not legal
   */
  static Draft draft(String id, SendMessage message, UUID messageId) {
    String text = message.messageBody();
    if (text.isEmpty()) {
      throw new QueueError(
          Code.MISSING_PARAMETER, "The request must contain the parameter MessageBody.");
    }
    checkCharacters(text);
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    Integer delay = message.delaySeconds();
    if (delay != null && (delay < 0 || delay > DELAY_SECONDS_MAX)) {
      throw QueueError.outOfRange("DelaySeconds", delay, "DelaySeconds must be >= 0 and <= 900.");
    }
    fifoId("MessageGroupId", message.messageGroupId());
    fifoId("MessageDeduplicationId", message.messageDeduplicationId());
    long size = (long) body.length + attributesSize(message.messageAttributes());
    if (size > SIZE_MAX) {
      throw tooLong(SIZE_MAX);
    }
    return new Draft(
        id,
        messageId,
        body,
        MessageDigests.md5Of(body),
        (int) size,
        delay,
        message.messageAttributes(),
        message.awsTraceHeader(),
        message.messageGroupId(),
        message.messageDeduplicationId(),
        message.senderId());
  }

  static QueueError tooLong(int bytesMax) {
    return QueueError.badParameter(
        "One or more parameters are invalid. Reason: Message must be shorter than %d bytes."
            .formatted(bytesMax));
  }

  static void fifoId(String parameter, @Nullable String value) {
    if (value != null && !FIFO_ID.matcher(value).matches()) {
      throw QueueError.outOfRange(
          parameter,
          value,
          parameter
              + " can only include alphanumeric and punctuation characters. 1 to 128 in length.");
    }
  }

  /** A batch whose messages are too long together is refused whole, illegal ones counted too. */
  static void batchSize(List<BatchEntry<SendMessage>> entries) {
    long size = 0;
    for (BatchEntry<SendMessage> entry : entries) {
      size += utf8Length(entry.request().messageBody());
      for (Map.Entry<String, MessageAttribute> e : entry.request().messageAttributes().entrySet()) {
        size += attributeSize(e.getKey(), e.getValue());
      }
    }
    if (size > SIZE_MAX) {
      throw new QueueError(
          Code.BATCH_REQUEST_TOO_LONG,
          "Batch requests cannot be longer than %d bytes. You have sent %d bytes."
              .formatted(SIZE_MAX, size));
    }
  }

  static void batch(List<? extends BatchEntry<?>> entries) {
    if (entries.isEmpty()) {
      throw new QueueError(
          Code.EMPTY_BATCH_REQUEST, "There should be at least one entry in the request.");
    }
    if (entries.size() > ENTRIES_MAX) {
      throw new QueueError(
          Code.TOO_MANY_ENTRIES_IN_BATCH_REQUEST,
          "Maximum number of entries per request are %d. You have sent %d."
              .formatted(ENTRIES_MAX, entries.size()));
    }
    Set<String> ids = new HashSet<>();
    for (BatchEntry<?> entry : entries) {
      if (!ENTRY_ID.matcher(entry.id()).matches()) {
        throw new QueueError(
            Code.INVALID_BATCH_ENTRY_ID,
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                + "It can be at most 80 letters long.");
      }
      if (!ids.add(entry.id())) {
        throw new QueueError(
            Code.BATCH_ENTRY_IDS_NOT_DISTINCT, "Id %s repeated.".formatted(entry.id()));
      }
    }
  }

  private static void checkCharacters(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean legal;
      if (Character.isHighSurrogate(c)) {
        legal = i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1));
        i++;
      } else {
        legal =
            c >= 0x20 ? c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD : c == 9 || c == 10 || c == 13;
      }
      if (!legal) {
        throw new QueueError(
            Code.INVALID_MESSAGE_CONTENTS,
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | "
                + "#x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
      }
    }
  }

  private static long attributesSize(Map<String, MessageAttribute> attributes) {
    if (attributes.size() > ATTRIBUTES_MAX) {
      throw QueueError.badParameter(
          "Number of message attributes [%d] exceeds the allowed maximum [%d]."
              .formatted(attributes.size(), ATTRIBUTES_MAX));
    }
    long size = 0;
    for (Map.Entry<String, MessageAttribute> e : attributes.entrySet()) {
      checkAttribute(e.getKey(), e.getValue());
      size += attributeSize(e.getKey(), e.getValue());
    }
    return size;
  }

  private static long attributeSize(String name, MessageAttribute attribute) {
    byte[] binary = attribute.binaryValue();
    String text = attribute.stringValue();
    return (long) utf8Length(name)
        + utf8Length(attribute.dataType())
        + (binary != null ? binary.length : text != null ? utf8Length(text) : 0);
  }

  private static int utf8Length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static void checkAttribute(String name, MessageAttribute attribute) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (!ATTRIBUTE_NAME.matcher(name).matches()
        || lower.startsWith("aws.")
        || lower.startsWith("amazon.")
        || name.startsWith(".")
        || name.endsWith(".")
        || name.contains("..")) {
      throw QueueError.badParameter(
          ("Message (user) attribute name '%s' is invalid: use 1 to 256 of A-Z, a-z, 0-9, '_', '-' and"
                  + " single inner dots, not starting with 'AWS.' or 'Amazon.'.")
              .formatted(name));
    }
    if (!ATTRIBUTE_TYPE.matcher(attribute.dataType()).matches()) {
      throw QueueError.badParameter(
          ("The type of message (user) attribute '%s' is invalid. You must use only the following"
                  + " supported type prefixes: Binary, Number, String.")
              .formatted(name));
    }
    String text = attribute.stringValue();
    byte[] binary = attribute.binaryValue();
    boolean wellFormed = attribute.isBinary() ? text == null : binary == null;
    boolean empty =
        attribute.isBinary()
            ? binary == null || binary.length == 0
            : text == null || text.isEmpty();
    if (!wellFormed || empty) {
      throw QueueError.badParameter(
          ("The message (user) attribute '%s' must contain a non-empty message attribute value for"
                  + " message (user) attribute type '%s'.")
              .formatted(name, attribute.dataType()));
    }
    if (text != null) {
      checkCharacters(text);
      if (attribute.dataType().startsWith("Number") && !isNumber(text)) {
        throw QueueError.badParameter(
            "Can't cast the value of message (user) attribute '%s' to a number.".formatted(name));
      }
    }
  }

  private static boolean isNumber(String text) {
    if (text.length() > 256) { // BigDecimal takes long over long texts
      return false;
    }
    try {
      BigDecimal number = new BigDecimal(text.strip());
      BigDecimal digits = number.stripTrailingZeros();
      int exponent = digits.precision() - digits.scale() - 1;
      return digits.signum() == 0
          || digits.precision() <= NUMBER_DIGITS_MAX && exponent >= -128 && exponent <= 126;
    } catch (NumberFormatException notANumber) { // the answer to the question
      return false;
    }
  }
}
