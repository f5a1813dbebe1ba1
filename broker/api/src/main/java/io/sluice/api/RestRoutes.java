package io.sluice.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which operation a method and a path mean. A template's {@code {name}} takes one segment, {@code
 * {name+}} all that follow, slashes included. Of several that fit the one with the most literal
 * segments wins. Built once, then read by any thread.
 */
final class RestRoutes {
  private final Map<String, List<Route>> byMethod = new HashMap<>();

  private record Route(List<String> segments, int literals, Operation operation) {}

  /** What was found, and the variables of its path, decoded. */
  record Found(Operation operation, Map<String, String> path) {}

  RestRoutes add(String method, String template, Operation operation) {
    List<String> segments = List.of(template.substring(1).split("/", -1));
    int literals = (int) segments.stream().filter(s -> !s.startsWith("{")).count();
    byMethod
        .computeIfAbsent(method, m -> new ArrayList<>())
        .add(new Route(segments, literals, operation));
    return this;
  }

  /** Adds a route unless the same shape of path has one; variables may have other names. */
  RestRoutes addIfAbsent(String method, String template, Operation operation) {
    String shape = shape(List.of(template.substring(1).split("/", -1)));
    boolean present =
        byMethod.getOrDefault(method, List.of()).stream()
            .anyMatch(route -> shape(route.segments).equals(shape));
    return present ? this : add(method, template, operation);
  }

  /** All that was added. */
  Stream<Operation> operations() {
    return byMethod.values().stream().flatMap(List::stream).map(Route::operation);
  }

  private static String shape(List<String> segments) {
    return String.join("/", segments).replaceAll("\\{[^}+]*", "{");
  }

  /**
   * @param rawPath as sent
   * @return null when nothing fits
   * @throws IllegalArgumentException when the path's percent-encoding is broken
   */
  @Nullable Found find(String method, String rawPath) {
    Found found = findExactly(method, rawPath);
    return found == null && rawPath.length() > 1 && rawPath.endsWith("/")
        ? findExactly(method, rawPath.substring(0, rawPath.length() - 1)) // "/authorizers/" is one
        : found;
  }

  /** The methods that a path has, in order. */
  List<String> methods(String rawPath) {
    return byMethod.keySet().stream().filter(one -> find(one, rawPath) != null).sorted().toList();
  }

  private @Nullable Found findExactly(String method, String rawPath) {
    Route best = null;
    String[] segments = rawPath.substring(1).split("/", -1);
    for (Route route : byMethod.getOrDefault(method, List.of())) {
      if ((best == null || route.literals > best.literals) && fits(route, segments)) {
        best = route;
      }
    }
    return best == null ? null : new Found(best.operation, variables(best, segments));
  }

  private static boolean fits(Route route, String[] segments) {
    for (int i = 0; i < route.segments.size(); i++) {
      String expected = route.segments.get(i);
      if (i >= segments.length || segments[i].isEmpty()) {
        return expected.endsWith("+}") && i < segments.length;
      }
      if (expected.endsWith("+}")) {
        return true;
      }
      if (!expected.startsWith("{") && !expected.equals(segments[i])) {
        return false;
      }
    }
    return segments.length == route.segments.size();
  }

  private static Map<String, String> variables(Route route, String[] segments) {
    Map<String, String> variables = new HashMap<>();
    for (int i = 0; i < route.segments.size(); i++) {
      String name = route.segments.get(i);
      if (name.endsWith("+}")) {
        String rest = String.join("/", List.of(segments).subList(i, segments.length));
        variables.put(name.substring(1, name.length() - 2), PercentEncoding.decode(rest, false));
      } else if (name.startsWith("{")) {
        variables.put(
            name.substring(1, name.length() - 1), PercentEncoding.decode(segments[i], false));
      }
    }
    return variables;
  }
}
