package io.sluice.sql;

import io.sluice.sql.Select.Item;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns what stands behind SELECT into code that makes the output. */
final class SelectCompiler {
  private final Compiler compiler;

  SelectCompiler(Compiler compiler) {
    this.compiler = compiler;
  }

  Code compile(Select select) {
    List<Item> items = select.items();
    Item first = items.get(0);
    if (select.value()) {
      Code item = compiler.compile(first.expression());
      return compiler.version.has2016() ? item : frame -> withoutArray(item.run(frame));
    }
    if (items.size() == 1
        && first.alias().isEmpty()
        && (first.isWhole() || first.expression() instanceof Expression.ObjectLiteral)) {
      return compiler.compile(first.expression());
    }
    boolean plain = items.stream().allMatch(item -> item.alias().size() <= 1 && !spreads(item));
    return plain && namesDiffer(items) ? flat(items) : general(items);
  }

  /** Version 2015-10-08 has SELECT VALUE, but not of arrays. */
  private static Value withoutArray(Value value) {
    return value instanceof Value.Arr ? Undefined.UNDEFINED : value;
  }

  private boolean namesDiffer(List<Item> items) {
    return items.stream().map(this::name).distinct().count() == items.size();
  }

  /** The most common shape: different names beside each other, known at once. */
  private Code flat(List<Item> items) {
    Key[] keys = items.stream().map(item -> new Key(name(item))).toArray(Key[]::new);
    Code[] values = compiler.compile(items.stream().map(Item::expression).toList());
    return frame -> {
      BuiltObject object = new BuiltObject(keys.length);
      for (int i = 0; i < keys.length; i++) {
        object.append(keys[i], asJson(values[i].run(frame)));
      }
      return object;
    };
  }

  /** Of equal names the last that has a value wins. */
  private Code general(List<Item> items) {
    Code[] values = new Code[items.size()];
    Key[] @Nullable [] paths = new Key[items.size()][];
    for (int i = 0; i < values.length; i++) {
      Item item = items.get(i);
      values[i] = compiler.compile(item.expression());
      paths[i] = spreads(item) ? null : path(item);
    }
    return frame -> {
      BuiltObject object = new BuiltObject(values.length + 8);
      for (int i = 0; i < values.length; i++) {
        Value value = asJson(values[i].run(frame));
        Key[] path = paths[i];
        if (path != null) {
          object.put(path, value);
        } else if (value instanceof Value.Obj all) {
          object.putAll(all);
        }
      }
      return object;
    };
  }

  /** {@code *} without AS: the members themselves. */
  private static boolean spreads(Item item) {
    return item.isWhole() && item.alias().isEmpty();
  }

  /** Bytes have no place inside JSON. */
  static Value asJson(Value value) {
    return value instanceof Value.Bytes ? Undefined.UNDEFINED : value;
  }

  private Key[] path(Item item) {
    return item.alias().isEmpty()
        ? new Key[] {new Key(name(item))}
        : item.alias().stream().map(Key::new).toArray(Key[]::new);
  }

  /** The alias, or the name the expression brings along. */
  private String name(Item item) {
    if (!item.alias().isEmpty()) {
      return item.alias().get(0);
    }
    Expression expression = item.expression();
    if (expression instanceof Expression.Attribute attribute) {
      return attribute.name();
    } else if (expression instanceof Expression.Members members) {
      return members.path().get(members.path().size() - 1);
    } else if (expression instanceof Expression.Call call) {
      return call.name();
    } else if (expression instanceof Expression.Variable variable) {
      return variable.name();
    } else if (expression instanceof Expression.Cast) {
      return "cast";
    }
    throw compiler.rejected(
        SqlRejected.Code.ALIAS_MISSING,
        expression,
        "AS and a name behind it",
        "Only attributes, variables and functions bring a name along.");
  }
}
