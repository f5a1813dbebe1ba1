package io.sluice.sql;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The versions of the dialect, in their order (AWS IoT Developer Guide, "SQL versions"), and ours
 * with its extensions.
 */
public enum SqlVersion {
  /** What a rule has that names no version. */
  V2015_10_08("2015-10-08"),
  /** Nested queries, literals of objects and arrays, whole decimals as Int. */
  V2016_03_23("2016-03-23"),
  /** The newest of AWS; here the same as 2016-03-23. */
  BETA("beta"),
  /** 2016-03-23 with subscripts, searched CASE, LIKE, {@code !=} and comments. */
  SLUICE_1("sluice-1");

  private final String text;

  SqlVersion(String text) {
    this.text = text;
  }

  /** The version with this name, as {@code awsIotSqlVersion} spells it. */
  public static Optional<SqlVersion> of(String text) {
    return Arrays.stream(values()).filter(version -> version.text.equals(text)).findFirst();
  }

  /** All names, for messages. */
  public static String names() {
    return Arrays.stream(values()).map(version -> version.text).collect(Collectors.joining(", "));
  }

  /** Whether what came with 2016-03-23 is there. */
  boolean has2016() {
    return this != V2015_10_08;
  }

  boolean extended() {
    return this == SLUICE_1;
  }

  @Override
  public String toString() {
    return text;
  }
}
