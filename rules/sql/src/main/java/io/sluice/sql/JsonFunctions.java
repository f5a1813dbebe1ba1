package io.sluice.sql;

import java.util.ArrayList;
import java.util.List;

/** Looking into values, and what to take when they are not there. */
final class JsonFunctions {
  private static final int TRANSFORMED_BYTES_MAX = 128 * 1024;

  private JsonFunctions() {}

  static void addTo(Functions.Registry functions) {
    functions.add("get", 2, 2, a -> get(a.at(0), a.at(1)));
    functions.add2016("isNull", 1, 1, a -> Value.of(a.at(0) == Null.NULL));
    functions.add2016("isUndefined", 1, 1, a -> Value.of(a.at(0).isUndefined()));
    functions.add(
        new Functions.Function(
            "get_or_default", 1, 2, SqlVersion.V2016_03_23, JsonFunctions::getOrDefault));
    functions.add(
        new Functions.Function(
            "transform", 3, 3, SqlVersion.V2016_03_23, JsonFunctions::transform));
  }

  /** An element, a character or a member; Undefined when there is none. */
  static Value get(Value container, Value key) {
    if (container instanceof Value.Obj object) {
      return key instanceof Text name ? object.get(new Key(name.toString())) : Undefined.UNDEFINED;
    }
    if (!(Conversions.toInt(key) instanceof Int number) || number.signum() < 0) {
      return Undefined.UNDEFINED;
    }
    int index = number.clampedToInt();
    if (container instanceof Value.Arr array) {
      return index < array.size() ? array.get(index) : Undefined.UNDEFINED;
    }
    if (container instanceof Text text) {
      String s = text.toString();
      if (index >= s.codePointCount(0, s.length())) {
        return Undefined.UNDEFINED;
      }
      return new Text(Character.toString(s.codePointAt(s.offsetByCodePoints(0, index))));
    }
    return Undefined.UNDEFINED;
  }

  /** Also catches the failure of a lookup in its first argument. */
  private static Code getOrDefault(Expression.Call call, Compiler compiler) {
    Code wanted = compiler.compile(call.arguments().get(0));
    Code fallback =
        call.arguments().size() == 2
            ? compiler.withoutLookups(call.arguments().get(1))
            : frame -> Undefined.UNDEFINED;
    return frame -> {
      try {
        Value value = wanted.run(frame);
        return value.isUndefined() || value == Null.NULL ? fallback.run(frame) : value;
      } catch (LookupFailed failed) {
        return fallback.run(frame);
      }
    };
  }

  private static Code transform(Expression.Call call, Compiler compiler) {
    String mode = Functions.constant(call.arguments().get(0));
    if (mode == null) {
      throw compiler.rejected(
          SqlRejected.Code.ARGUMENT_INVALID,
          call.arguments().get(0),
          "a constant mode",
          "The mode is 'enrichArray'.");
    }
    if (!mode.equals("enrichArray")) {
      return frame -> Undefined.UNDEFINED;
    }
    return Functions.withArguments(a -> enriched(a.at(1), a.at(2), a.frame())).make(call, compiler);
  }

  /** Every object of the array with the members of the object added. */
  private static Value enriched(Value addition, Value elements, Frame frame) {
    if (!(addition instanceof Value.Obj object) || !(elements instanceof Value.Arr array)) {
      return Undefined.UNDEFINED;
    }
    frame.spend((long) array.size() * (object.size() + 1) * Frame.ELEMENT_COST);
    List<Value> results = new ArrayList<>(array.size());
    for (int i = 0; i < array.size(); i++) {
      if (!(array.get(i) instanceof Value.Obj element)) {
        return Undefined.UNDEFINED;
      }
      BuiltObject both = new BuiltObject(element.size() + object.size());
      both.putAll(element);
      both.putAll(object);
      results.add(both);
    }
    Value result = new BuiltArray(results);
    JsonOut out = new JsonOut(1024);
    result.writeTo(out);
    frame.spend(out.size());
    if (out.size() > TRANSFORMED_BYTES_MAX) {
      throw new EvaluationStopped(
          Evaluation.Failed.Code.TOO_LARGE,
          "transform: the result has %d bytes, at most %d are allowed; add fewer members"
              .formatted(out.size(), TRANSFORMED_BYTES_MAX));
    }
    return result;
  }
}
