package io.sluice.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an author wrote, as a tree. Closed, immutable; made by {@link Parser}, turned into something
 * that runs by {@link Compiler}. Chains of operators are lists, so that depth comes from brackets
 * alone and is bounded by the parser.
 */
sealed interface Expression {
  /** Where it stands. */
  Span span();

  <R> R accept(Visitor<R> visitor);

  /** A constant. */
  record Literal(Value value, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.literal(this);
    }
  }

  /**
   * The member of the payload, or inside a nested SELECT of the current element, with this name.
   */
  record Attribute(String name, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.attribute(this);
    }
  }

  /** {@code @name}, assigned by SET. */
  record Variable(String name, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.variable(this);
    }
  }

  /** {@code *} as an argument or a value: the whole payload, or the current element. */
  record Whole(Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.whole(this);
    }
  }

  /** {@code base.a.b}. */
  record Members(Expression base, List<String> path, Span span) implements Expression {
    public Members {
      path = List.copyOf(path);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.members(this);
    }
  }

  /** {@code base[index]}, of version sluice-1. */
  record Subscript(Expression base, Expression index, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.subscript(this);
    }
  }

  /** {@code -operand}. */
  record Negation(Expression operand, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.negation(this);
    }
  }

  /** {@code NOT operand}. */
  record Not(Expression operand, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.not(this);
    }
  }

  /** {@code a AND b AND c}. */
  record And(List<Expression> operands, Span span) implements Expression {
    public And {
      operands = List.copyOf(operands);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.and(this);
    }
  }

  /** {@code a OR b OR c}. */
  record Or(List<Expression> operands, Span span) implements Expression {
    public Or {
      operands = List.copyOf(operands);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.or(this);
    }
  }

  /** {@code first op operand op operand}, from left to right, all operators of one precedence. */
  record Chain(Expression first, List<Link> links, Span span) implements Expression {
    public Chain {
      links = List.copyOf(links);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.chain(this);
    }
  }

  /** An operator and what stands behind it. */
  record Link(Operator operator, Expression operand) {}

  /** The operators of two operands. */
  enum Operator {
    EQUAL("="),
    NOT_EQUAL("<>"),
    LESS("<"),
    LESS_OR_EQUAL("<="),
    GREATER(">"),
    GREATER_OR_EQUAL(">="),
    IN("IN"),
    LIKE("LIKE"),
    ADD("+"),
    SUBTRACT("-"),
    MULTIPLY("*"),
    DIVIDE("/"),
    REMAINDER("%");

    final String symbol;

    Operator(String symbol) {
      this.symbol = symbol;
    }
  }

  /**
   * {@code CASE operand WHEN .. THEN .. ELSE .. END}; without an operand (version sluice-1) the
   * WHENs are conditions.
   */
  record Case(
      @Nullable Expression operand, List<When> whens, @Nullable Expression otherwise, Span span)
      implements Expression {
    public Case {
      whens = List.copyOf(whens);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.choice(this);
    }
  }

  /** One branch of a CASE. */
  record When(Expression match, Expression result) {}

  /** {@code name(arguments)}; the name as the author wrote it. */
  record Call(String name, List<Expression> arguments, Span span) implements Expression {
    public Call {
      arguments = List.copyOf(arguments);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.call(this);
    }
  }

  /** {@code cast(operand AS type)}. */
  record Cast(Expression operand, CastType type, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.cast(this);
    }
  }

  /** {@code {'k': v}}. */
  record ObjectLiteral(List<Entry> entries, Span span) implements Expression {
    public ObjectLiteral {
      entries = List.copyOf(entries);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.objectLiteral(this);
    }
  }

  /** A member of an object literal. */
  record Entry(String key, Expression value) {}

  /** {@code [a, b]}. */
  record ArrayLiteral(List<Expression> elements, Span span) implements Expression {
    public ArrayLiteral {
      elements = List.copyOf(elements);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.arrayLiteral(this);
    }
  }

  /** {@code (SELECT .. FROM source AS name WHERE ..)}. */
  record Nested(
      Select select,
      Expression source,
      @Nullable String name,
      @Nullable Expression where,
      Span span)
      implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.nested(this);
    }
  }

  /** {@code EXISTS (SELECT ..)}. */
  record Exists(Nested nested, Span span) implements Expression {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.exists(this);
    }
  }

  /** One answer for every kind. */
  interface Visitor<R> {
    R literal(Literal e);

    R attribute(Attribute e);

    R variable(Variable e);

    R whole(Whole e);

    R members(Members e);

    R subscript(Subscript e);

    R negation(Negation e);

    R not(Not e);

    R and(And e);

    R or(Or e);

    R chain(Chain e);

    R choice(Case e);

    R call(Call e);

    R cast(Cast e);

    R objectLiteral(ObjectLiteral e);

    R arrayLiteral(ArrayLiteral e);

    R nested(Nested e);

    R exists(Exists e);
  }
}
