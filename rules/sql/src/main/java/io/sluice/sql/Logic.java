package io.sluice.sql;

/**
 * {@code AND OR NOT}: Booleans and the texts "true" and "false"; anything else makes the whole
 * Undefined, also {@code true OR Undefined}.
 */
final class Logic {
  private Logic() {}

  static Value not(Value operand) {
    Value value = Conversions.toBoolean(operand);
    return value.isUndefined() ? value : Value.of(value != Bool.TRUE);
  }

  static Value and(Code[] operands, Frame frame) {
    return combine(operands, frame, Bool.FALSE, Bool.TRUE);
  }

  static Value or(Code[] operands, Frame frame) {
    return combine(operands, frame, Bool.TRUE, Bool.FALSE);
  }

  private static Value combine(Code[] operands, Frame frame, Value decisive, Value neutral) {
    Value result = neutral;
    for (Code operand : operands) {
      Value value = Conversions.toBoolean(operand.run(frame));
      if (value.isUndefined()) {
        return value;
      }
      if (value == decisive) {
        result = decisive;
      }
    }
    return result;
  }
}
