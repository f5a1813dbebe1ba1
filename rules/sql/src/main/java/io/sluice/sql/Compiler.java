package io.sluice.sql;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks the meaning of a parsed statement, and turns its tree into {@link Code}. One per statement
 * or template.
 */
final class Compiler implements Expression.Visitor<Code> {
  private static final int VARIABLES_MAX = 10;
  private static final int VARIABLE_NAME_MAX = 64;

  final SourceText source;
  final SqlVersion version;
  final Arithmetic arithmetic;
  private final boolean template;
  private final boolean traced;
  private final List<String> variables = new ArrayList<>();
  private final List<@Nullable String> scopes =
      new ArrayList<>(); // names of the nested SELECTs around, outermost first
  private final Map<String, Integer> uses = new HashMap<>();
  private final SelectCompiler selects = new SelectCompiler(this);
  private int nestingDepth;
  private int
      placesTaken; // by nested SELECTs of variables, which run whenever they are first asked for
  private boolean callsOut;
  private boolean lookupsForbidden;

  Compiler(
      SourceText source,
      SqlVersion version,
      IntDivision division,
      boolean template,
      boolean traced) {
    this.source = source;
    this.version = version;
    this.arithmetic = new Arithmetic(version.has2016(), division);
    this.template = template;
    this.traced = traced;
  }

  Code compile(Expression expression) {
    Code code = expression.accept(this);
    return traced ? frame -> frame.note(expression, code.run(frame)) : code;
  }

  Code[] compile(List<Expression> expressions) {
    Code[] codes = new Code[expressions.size()];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = compile(expressions.get(i));
    }
    return codes;
  }

  /** Assignments in their order; each sees those before it. */
  List<Code> assignments(List<Statement.Assignment> assignments) {
    List<Code> codes = new ArrayList<>();
    for (Statement.Assignment assignment : assignments) {
      String name = assignment.name();
      int at = assignment.span().start();
      if (variables.contains(name)) {
        throw new SqlRejected(
            SqlRejected.Code.VARIABLE_INVALID,
            source,
            at,
            "a second value for @" + name,
            "one value for each variable",
            "");
      }
      if (name.length() > VARIABLE_NAME_MAX || !name.matches("[A-Za-z0-9_]+")) {
        throw new SqlRejected(
            SqlRejected.Code.VARIABLE_INVALID,
            source,
            at,
            "'@" + name + "'",
            "at most " + VARIABLE_NAME_MAX + " letters, digits and '_' behind '@'",
            "");
      }
      if (variables.size() == VARIABLES_MAX) {
        throw new SqlRejected(
            SqlRejected.Code.VARIABLE_INVALID,
            source,
            at,
            "an eleventh variable",
            "at most " + VARIABLES_MAX,
            "");
      }
      codes.add(compile(assignment.expression()));
      placesTaken = nestingDepth;
      variables.add(name);
    }
    return codes;
  }

  /** For a template: the variables of its rule, and the places their nested SELECTs take. */
  void know(List<String> ruleVariables, int places, @Nullable String element) {
    variables.addAll(ruleVariables);
    nestingDepth = places;
    placesTaken = places;
    if (element != null) { // what FOREACH made the message of stands around the template
      scopes.add(element);
      nestingDepth = place(1);
    }
  }

  private int place(int depth) {
    return placesTaken + depth;
  }

  List<String> variables() {
    return variables;
  }

  Code select(Select select) {
    return selects.compile(select);
  }

  boolean insideNested() {
    return !scopes.isEmpty();
  }

  int nestingDepth() {
    return nestingDepth;
  }

  boolean callsOut() {
    return callsOut;
  }

  /** Counts the uses of a function that may stand only so often in one statement. */
  void limit(Expression.Call call, String what, int max) {
    if (uses.merge(what, 1, Integer::sum) > max) {
      throw new SqlRejected(
          SqlRejected.Code.USED_TOO_OFTEN,
          source,
          call.span().start(),
          "one " + what + " too many",
          "at most " + max + " in a statement",
          "Keep the result in a SET variable.");
    }
  }

  void notInTemplates(Expression.Call call, String what) {
    if (template) {
      throw new SqlRejected(
          SqlRejected.Code.NOT_ALLOWED_HERE,
          source,
          call.span().start(),
          what + " in a template",
          "it in the rule's SQL",
          "Keep the result in a SET variable.");
    }
  }

  void usesLookups(Expression.Call call) {
    if (lookupsForbidden) {
      throw new SqlRejected(
          SqlRejected.Code.NOT_ALLOWED_HERE,
          source,
          call.span().start(),
          "'" + call.name() + "' in the default of get_or_default",
          "a default that asks no other service",
          "");
    }
    callsOut = true;
  }

  Code withoutLookups(Expression expression) {
    boolean before = lookupsForbidden;
    lookupsForbidden = true;
    Code code = compile(expression);
    lookupsForbidden = before;
    return code;
  }

  SqlRejected rejected(SqlRejected.Code code, Expression at, String expected, String advice) {
    return new SqlRejected(
        code, source, at.span().start(), "'" + source.excerpt(at.span()) + "'", expected, advice);
  }

  @Override
  public Code literal(Expression.Literal e) {
    Value value = e.value();
    return frame -> value;
  }

  @Override
  public Code attribute(Expression.Attribute e) {
    for (int depth = scopes.size() - 1; depth >= 0; depth--) {
      if (e.name().equals(scopes.get(depth))) {
        int named = place(depth);
        return frame -> frame.element(named);
      }
    }
    Key key = new Key(e.name());
    if (scopes.isEmpty()) {
      return frame -> frame.attribute(key);
    }
    int innermost = place(scopes.size() - 1);
    int outermost = place(0);
    return frame -> {
      for (int at = innermost;
          at >= outermost;
          at--) { // what the element lacks is looked for around it
        if (frame.element(at) instanceof Value.Obj object) {
          Value found = object.get(key);
          if (!found.isUndefined()) {
            return found;
          }
        }
      }
      return frame.attribute(key);
    };
  }

  @Override
  public Code variable(Expression.Variable e) {
    int index = variables.indexOf(e.name());
    if (index < 0) {
      throw rejected(
          SqlRejected.Code.VARIABLE_UNKNOWN,
          e,
          variables.isEmpty()
              ? "a variable that SET assigns"
              : "one of @" + String.join(", @", variables),
          "SET assigns variables before SELECT, each before its use.");
    }
    return frame -> frame.variable(index);
  }

  @Override
  public Code whole(Expression.Whole e) {
    if (scopes.isEmpty()) {
      return Frame::whole;
    }
    int innermost = place(scopes.size() - 1);
    return frame -> frame.element(innermost);
  }

  @Override
  public Code members(Expression.Members e) {
    Code base = compile(e.base());
    Key[] path = e.path().stream().map(Key::new).toArray(Key[]::new);
    return frame -> {
      Value at = base.run(frame);
      for (Key key : path) {
        if (!(at instanceof Value.Obj object)) {
          return Undefined.UNDEFINED;
        }
        at = object.get(key);
      }
      return at;
    };
  }

  @Override
  public Code subscript(Expression.Subscript e) {
    Code base = compile(e.base());
    Code index = compile(e.index());
    return frame -> JsonFunctions.get(base.run(frame), index.run(frame));
  }

  @Override
  public Code negation(Expression.Negation e) {
    Code operand = compile(e.operand());
    return frame -> arithmetic.negate(operand.run(frame));
  }

  @Override
  public Code not(Expression.Not e) {
    Code operand = compile(e.operand());
    return frame -> Logic.not(operand.run(frame));
  }

  @Override
  public Code and(Expression.And e) {
    Code[] operands = compile(e.operands());
    return frame -> Logic.and(operands, frame);
  }

  @Override
  public Code or(Expression.Or e) {
    Code[] operands = compile(e.operands());
    return frame -> Logic.or(operands, frame);
  }

  @Override
  public Code chain(Expression.Chain e) {
    Code first = compile(e.first());
    BinaryCode[] steps = new BinaryCode[e.links().size()];
    Code[] operands = new Code[steps.length];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = BinaryCode.of(e.links().get(i), arithmetic);
      operands[i] = compile(e.links().get(i).operand());
    }
    if (steps.length == 1) {
      BinaryCode step = steps[0];
      Code operand = operands[0];
      return frame -> step.run(first.run(frame), operand.run(frame), frame);
    }
    return frame -> {
      Value value = first.run(frame);
      for (int i = 0; i < steps.length; i++) {
        value = steps[i].run(value, operands[i].run(frame), frame);
      }
      return value;
    };
  }

  @Override
  public Code choice(Expression.Case e) {
    Code[] matches = new Code[e.whens().size()];
    Code[] results = new Code[matches.length];
    for (int i = 0; i < matches.length; i++) {
      matches[i] = compile(e.whens().get(i).match());
      results[i] = compile(e.whens().get(i).result());
    }
    Expression elsePart = e.otherwise();
    Code otherwise = elsePart == null ? frame -> Undefined.UNDEFINED : compile(elsePart);
    Expression comparedWith = e.operand();
    if (comparedWith == null) {
      return frame -> {
        for (int i = 0; i < matches.length; i++) {
          if (Conversions.toBoolean(matches[i].run(frame)) == Bool.TRUE) {
            return results[i].run(frame);
          }
        }
        return otherwise.run(frame);
      };
    }
    Code operand = compile(comparedWith);
    return frame -> {
      Value value = operand.run(frame);
      if (value.isUndefined()) {
        return value;
      }
      for (int i = 0; i < matches.length; i++) {
        if (Comparison.equal(value, matches[i].run(frame), frame) == Bool.TRUE) {
          return results[i].run(frame);
        }
      }
      return otherwise.run(frame);
    };
  }

  @Override
  public Code call(Expression.Call e) {
    return Functions.compile(e, this);
  }

  @Override
  public Code cast(Expression.Cast e) {
    Code operand = compile(e.operand());
    CastType type = e.type();
    boolean wholeIsInt = version.has2016();
    return frame -> Casts.cast(operand.run(frame), type, wholeIsInt);
  }

  @Override
  public Code objectLiteral(Expression.ObjectLiteral e) {
    Key[] keys = e.entries().stream().map(entry -> new Key(entry.key())).toArray(Key[]::new);
    Code[] values = compile(e.entries().stream().map(Expression.Entry::value).toList());
    return frame -> {
      BuiltObject object = new BuiltObject(keys.length);
      for (int i = 0; i < keys.length; i++) {
        object.put(keys[i], SelectCompiler.asJson(values[i].run(frame)));
      }
      return object;
    };
  }

  @Override
  public Code arrayLiteral(Expression.ArrayLiteral e) {
    Code[] elements = compile(e.elements());
    return frame -> {
      List<Value> values = new ArrayList<>(elements.length);
      for (Code element : elements) {
        Value value = element.run(frame);
        if (!value.isUndefined()) {
          values.add(value);
        }
      }
      return new BuiltArray(values);
    };
  }

  @Override
  public Code nested(Expression.Nested e) {
    NestedSelect nested = nestedSelect(e);
    return nested::run;
  }

  @Override
  public Code exists(Expression.Exists e) {
    NestedSelect nested = nestedSelect(e.nested());
    return nested::exists;
  }

  Foreach foreach(Statement.Foreach e, Select made) {
    Code from = compile(e.source());
    int depth = scopes.size();
    scopes.add(e.name());
    nestingDepth = Math.max(nestingDepth, place(depth) + 1);
    Code select = select(made);
    Expression incase = e.incase();
    Condition condition = Condition.of(incase, this);
    scopes.remove(depth);
    return new Foreach(from, place(depth), condition, select);
  }

  private NestedSelect nestedSelect(Expression.Nested e) {
    Code from = compile(e.source()); // the source is looked up around the nested query
    int depth = scopes.size();
    scopes.add(e.name());
    nestingDepth = Math.max(nestingDepth, place(depth) + 1);
    Code select = select(e.select());
    Condition where = Condition.of(e.where(), this);
    scopes.remove(depth);
    return new NestedSelect(from, place(depth), where, select);
  }
}
