package io.sluice.sql;

/**
 * The types of the dialect (AWS IoT Developer Guide, "Data types") and the raw bytes of a payload
 * that is not JSON.
 */
enum ValueType {
  UNDEFINED,
  NULL,
  BOOLEAN,
  INT,
  DECIMAL,
  STRING,
  ARRAY,
  OBJECT,
  BYTES;

  /** As a rule author reads it: {@code Undefined}, {@code Int}. */
  String label() {
    return name().charAt(0) + name().substring(1).toLowerCase(java.util.Locale.ROOT);
  }
}
