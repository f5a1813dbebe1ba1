package io.sluice.sql;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Functions that ask somebody else, through {@link Lookups}. The last argument of most is a role of
 * AWS: it must be there for statements to stay portable, it is not looked at, and a variable may
 * not stand for it.
 */
final class LookupFunctions {
  private static final Set<String> REGISTRY_OPERATIONS =
      Set.of("DescribeThing", "ListThingGroupsForThing");

  private LookupFunctions() {}

  static void addTo(Functions.Registry functions) {
    add(
        functions,
        "aws_lambda",
        2,
        2,
        SqlVersion.V2015_10_08,
        false,
        (call, compiler) -> {},
        LookupFunctions::lambda);
    add(
        functions,
        "get_thing_shadow",
        2,
        3,
        SqlVersion.V2016_03_23,
        true,
        (call, compiler) -> {},
        LookupFunctions::shadow);
    add(
        functions,
        "get_registry_data",
        2,
        3,
        SqlVersion.V2016_03_23,
        true,
        LookupFunctions::checkRegistry,
        LookupFunctions::registry);
    add(
        functions,
        "get_dynamodb",
        4,
        6,
        SqlVersion.V2016_03_23,
        true,
        LookupFunctions::checkItem,
        LookupFunctions::item);
    add(
        functions,
        "get_secret",
        3,
        4,
        SqlVersion.V2015_10_08,
        true,
        LookupFunctions::checkSecret,
        LookupFunctions::secret);
    add(
        functions,
        "machinelearning_predict",
        3,
        3,
        SqlVersion.V2015_10_08,
        false,
        (call, compiler) -> {},
        LookupFunctions::predict);
  }

  private interface Check {
    void check(Expression.Call call, Compiler compiler);
  }

  private static void add(
      Functions.Registry functions,
      String name,
      int min,
      int max,
      SqlVersion since,
      boolean roleLast,
      Check check,
      Functions.Body body) {
    functions.add(
        new Functions.Function(
            name,
            min,
            max,
            since,
            (call, compiler) -> {
              compiler.usesLookups(call);
              List<Expression> arguments = call.arguments();
              Expression last = arguments.get(arguments.size() - 1);
              if (roleLast && last instanceof Expression.Variable) {
                throw compiler.rejected(
                    SqlRejected.Code.ARGUMENT_INVALID, last, "a role that is no variable", "");
              }
              check.check(call, compiler);
              return Functions.withArguments(body).make(call, compiler);
            }));
  }

  /** An answer as a value; it must be JSON. */
  static Value json(byte[] answer, Args a, String function) {
    a.frame().spend(answer.length);
    try {
      return Json.read(answer, a.wholeIsInt());
    } catch (JsonScanner.NotJson notJson) {
      throw new LookupFailed(function + ": the answer is " + notJson.getMessage());
    }
  }

  private static Lookups lookups(Args a) {
    return a.frame().context().lookups();
  }

  /** JSON to hand out, or null when there is none. */
  private static byte @Nullable [] bytes(Value value) {
    if (value.isUndefined() || value instanceof Value.Bytes) {
      return null;
    }
    JsonOut out = new JsonOut(256);
    value.writeTo(out);
    return out.toBytes();
  }

  private static Value lambda(Args a) {
    byte[] input = bytes(a.at(1));
    return a.text(0) instanceof String arn && input != null
        ? json(lookups(a).invoke(arn, input), a, "aws_lambda")
        : Undefined.UNDEFINED;
  }

  private static Value predict(Args a) {
    byte[] record = bytes(a.at(2));
    return a.text(0) instanceof String model && record != null
        ? json(lookups(a).predict(model, record), a, "machinelearning_predict")
        : Undefined.UNDEFINED;
  }

  private static Value shadow(Args a) {
    if (!(a.text(0) instanceof String thing)) {
      return Undefined.UNDEFINED;
    }
    String name = null;
    if (a.size() == 3) {
      if (!(a.text(1) instanceof String named)) {
        return Undefined.UNDEFINED;
      }
      name = named;
    }
    return json(lookups(a).thingShadow(thing, name), a, "get_thing_shadow");
  }

  private static void checkRegistry(Expression.Call call, Compiler compiler) {
    compiler.limit(call, "get_registry_data", 1);
    Expression operation = call.arguments().get(0);
    String constant = Functions.constant(operation);
    if (constant == null || !REGISTRY_OPERATIONS.contains(constant)) {
      throw compiler.rejected(
          SqlRejected.Code.ARGUMENT_INVALID,
          operation,
          "'DescribeThing' or 'ListThingGroupsForThing'",
          "");
    }
  }

  private static Value registry(Args a) {
    return a.text(0) instanceof String operation && a.text(1) instanceof String thing
        ? json(lookups(a).registryData(operation, thing), a, "get_registry_data")
        : Undefined.UNDEFINED;
  }

  private static void checkItem(Expression.Call call, Compiler compiler) {
    compiler.limit(call, "get_dynamodb", 1);
    if (call.arguments().size() == 5) {
      throw compiler.rejected(
          SqlRejected.Code.WRONG_ARITY,
          call,
          "get_dynamodb(table, key, value, role) or get_dynamodb(table, key, value, sortKey, sortValue, role)",
          "");
    }
  }

  private static Value item(Args a) {
    if (!(a.text(0) instanceof String table)) {
      return Undefined.UNDEFINED;
    }
    List<Lookups.ItemKey> keys = new ArrayList<>();
    for (int i = 1; i < a.size() - 1; i += 2) {
      byte[] value =
          a.at(i + 1) instanceof Text || a.at(i + 1) instanceof Value.Num
              ? bytes(a.at(i + 1))
              : null;
      if (!(a.text(i) instanceof String name) || value == null) {
        return Undefined.UNDEFINED;
      }
      keys.add(new Lookups.ItemKey(name, value));
    }
    return json(lookups(a).item(table, List.copyOf(keys)), a, "get_dynamodb");
  }

  private static void checkSecret(Expression.Call call, Compiler compiler) {
    Expression type = call.arguments().get(1);
    String constant = Functions.constant(type);
    if (constant == null || !constant.equals("SecretString") && !constant.equals("SecretBinary")) {
      throw compiler.rejected(
          SqlRejected.Code.ARGUMENT_INVALID, type, "'SecretString' or 'SecretBinary'", "");
    }
  }

  private static Value secret(Args a) {
    if (!(a.text(0) instanceof String id) || !(a.text(1) instanceof String type)) {
      return Undefined.UNDEFINED;
    }
    boolean keyed = a.size() == 4;
    if (type.equals("SecretBinary")) {
      if (keyed) {
        throw new LookupFailed(
            "get_secret: '%s' is read as SecretBinary, which has no keys".formatted(id));
      }
      return new Text(Base64.getEncoder().encodeToString(lookups(a).secretBinary(id)));
    }
    String secret = lookups(a).secretString(id);
    Value value;
    try {
      value = Json.read(secret.getBytes(StandardCharsets.UTF_8), a.wholeIsInt());
    } catch (JsonScanner.NotJson plain) {
      value = new Text(secret);
    }
    if (!keyed) {
      return value instanceof Value.Obj ? value : new Text(secret);
    }
    if (!(value instanceof Value.Obj object) || !(a.text(2) instanceof String key)) {
      throw new LookupFailed("get_secret: '%s' is no JSON object, so it has no keys".formatted(id));
    }
    Value member = object.get(new Key(key));
    if (member.isUndefined()) {
      throw new LookupFailed("get_secret: '%s' does not have the key asked for".formatted(id));
    }
    return member;
  }
}
