package io.sluice.sql;

import java.util.Locale;
import java.util.Optional;

/** What {@code cast(x AS type)} can make. */
enum CastType {
  STRING,
  INT,
  DOUBLE,
  DECIMAL,
  BOOLEAN;

  static Optional<CastType> of(String word) {
    return Optional.ofNullable(
        switch (word.toLowerCase(Locale.ROOT)) {
          case "string", "nvarchar", "text", "ntext", "varchar" -> STRING;
          case "int", "integer" -> INT;
          case "double" -> DOUBLE;
          case "decimal" -> DECIMAL;
          case "bool", "boolean" -> BOOLEAN;
          default -> null;
        });
  }

  boolean since2016() {
    return this == DECIMAL || this == BOOLEAN;
  }
}
