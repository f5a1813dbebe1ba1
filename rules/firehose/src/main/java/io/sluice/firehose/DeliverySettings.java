package io.sluice.firehose;

import org.jspecify.annotations.Nullable;

/**
 * What this room is told about the house.
 *
 * @param account 12 digits, in ARNs and sentences
 * @param region in ARNs
 */
public record DeliverySettings(String account, String region, DeliveryLimits limits) {

  String arn(String deliveryStream) {
    return "arn:aws:firehose:" + region + ":" + account + ":deliverystream/" + deliveryStream;
  }

  /** A name that may be one. */
  static String checkedName(@Nullable String name) {
    if (name == null) {
      throw FirehoseError.missing("deliveryStreamName");
    }
    if (!name.matches("[a-zA-Z0-9_.-]{1,64}")) {
      throw FirehoseError.constraint(
          "deliveryStreamName",
          name,
          "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+ and have length of 1 to"
              + " 64");
    }
    return name;
  }
}
