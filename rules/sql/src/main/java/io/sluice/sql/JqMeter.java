package io.sluice.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import net.thisptr.jackson.jq.Expression;
import net.thisptr.jackson.jq.PathOutput;
import net.thisptr.jackson.jq.Scope;
import net.thisptr.jackson.jq.exception.JsonQueryException;
import net.thisptr.jackson.jq.path.Path;
import org.jspecify.annotations.Nullable;

/**
 * Puts a meter around every expression of a compiled jq program, so that what it does is paid from
 * the evaluation's budget: each step, and the size of what comes out of it. The library has no
 * bound of its own, and a thread that loops cannot be stopped from outside.
 *
 * <p>Its trees are not made to be changed, so this reaches into their fields: into those that hold
 * expressions, whatever their names. A test holds that no loop escapes.
 */
final class JqMeter {
  private static final String LIBRARY = "net.thisptr.jackson.jq.";

  /** The evaluation that runs on this thread; null outside. */
  static final ThreadLocal<@Nullable Frame> PAYING = new ThreadLocal<>();

  private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
  private final boolean byAuthor;

  /**
   * @param byAuthor whether what can make much of little in one step is refused: the library's own
   *     functions may do it, and do not
   */
  JqMeter(boolean byAuthor) {
    this.byAuthor = byAuthor;
  }

  /** What an author may not use; the message names it. */
  static final class NotMetered extends RuntimeException {
    NotMetered(String what) {
      super(what, null, false, false);
    }
  }

  /** An expression that pays. */
  private record Metered(Expression inner, boolean noTexts) implements Expression {
    @Override
    public void apply(Scope scope, JsonNode in, Path path, PathOutput output, boolean requirePath)
        throws JsonQueryException {
      pay(1);
      inner.apply(
          scope,
          in,
          path,
          (node, where) -> {
            if (node.isTextual()) {
              pay(1 + node.textValue().length() / 2);
              if (noTexts) {
                throw new JsonQueryException("a text cannot be multiplied here");
              }
            } else {
              pay(1 + node.size() * 2L);
            }
            output.emit(node, where);
          },
          requirePath);
    }

    private static void pay(long units) {
      Frame frame = PAYING.get();
      if (frame != null) {
        frame.spend(units);
      }
    }
  }

  /** Puts meters into a part of a program, in place. */
  void into(Object part) {
    if (!seen.add(part)) {
      return;
    }
    String kind = part.getClass().getSimpleName();
    if (byAuthor && kind.endsWith("Assignment")) {
      throw new NotMetered("an assignment");
    }
    for (Class<?> type = part.getClass();
        type != null && type.getName().startsWith(LIBRARY);
        type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
          meter(part, field, kind.startsWith("Multiply"));
        }
      }
    }
  }

  private void meter(Object part, Field field, boolean noTexts) {
    try {
      field.setAccessible(true);
      Object value = field.get(part);
      Object metered = metered(value, noTexts);
      if (metered != value) {
        field.set(part, metered);
      }
    } catch (IllegalAccessException closed) {
      throw new IllegalStateException("the jq library cannot be metered: " + field, closed);
    }
  }

  private @Nullable Object metered(@Nullable Object value, boolean noTexts) {
    if (value instanceof List<?> list) {
      List<@Nullable Object> all = new ArrayList<>(list.size());
      list.forEach(element -> all.add(metered(element, noTexts)));
      return all;
    }
    if (value == null
        || value instanceof Metered
        || !value.getClass().getName().startsWith(LIBRARY)) {
      return value;
    }
    if (value.getClass().isEnum()) {
      return value;
    }
    into(value);
    // A definition is looked for by its class, so it stays; its body has meters by now.
    return value instanceof Expression expression
            && !value.getClass().getSimpleName().equals("FunctionDefinition")
        ? new Metered(expression, noTexts)
        : value;
  }
}
