package io.sluice.sql;

/** An operator of two operands made ready to run. */
@FunctionalInterface
interface BinaryCode {
  Value run(Value left, Value right, Frame frame);

  static BinaryCode of(Expression.Link link, Arithmetic arithmetic) {
    return switch (link.operator()) {
      case EQUAL -> Comparison::equal;
      case NOT_EQUAL -> Comparison::notEqual;
      case LESS -> (left, right, frame) -> ordered(Comparison.order(left, right), -1, -1);
      case LESS_OR_EQUAL -> (left, right, frame) -> ordered(Comparison.order(left, right), -1, 0);
      case GREATER -> (left, right, frame) -> ordered(Comparison.order(left, right), 1, 1);
      case GREATER_OR_EQUAL -> (left, right, frame) -> ordered(Comparison.order(left, right), 0, 1);
      case IN -> Comparison::in;
      case LIKE -> RegexFunctions.like(link.operand())::matches;
      case ADD -> arithmetic::add;
      case SUBTRACT -> (left, right, frame) -> arithmetic.subtract(left, right);
      case MULTIPLY -> (left, right, frame) -> arithmetic.multiply(left, right);
      case DIVIDE -> (left, right, frame) -> arithmetic.divide(left, right);
      case REMAINDER -> (left, right, frame) -> arithmetic.remainder(left, right);
    };
  }

  private static Value ordered(int order, int from, int to) {
    return order == Comparison.NONE ? Undefined.UNDEFINED : Value.of(order >= from && order <= to);
  }
}
