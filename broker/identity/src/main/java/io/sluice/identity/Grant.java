package io.sluice.identity;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a {@link Bearer} may do.
 *
 * @param policies names in the registry; one that is not there grants nothing
 * @param documents policies of his own
 * @param variables what {@code ${name}} and condition keys stand for beside those that every
 *     connection has, by their exact name with its prefix ({@code jwt:sub}); a key has one value or
 *     several. {@code iot:} and {@code aws:} cannot be given
 */
public record Grant(
    List<String> policies, List<Inline> documents, Map<String, List<String>> variables) {

  /**
   * A policy that is in no registry.
   *
   * @param name what explanations call it
   */
  public record Inline(String name, PolicyDocument document) {
    /**
     * Reads a document.
     *
     * @throws MalformedPolicyException that says which statement and which key
     */
    public static Inline of(String name, String document) {
      return new Inline(name, PolicyDocument.parse(document));
    }
  }

  public Grant {
    policies = List.copyOf(policies);
    documents = List.copyOf(documents);
    Map<String, List<String>> copy = new TreeMap<>();
    variables.forEach((name, values) -> copy.put(name, List.copyOf(values)));
    variables = java.util.Collections.unmodifiableMap(copy);
  }

  /** Policies of the registry alone. */
  public static Grant of(List<String> policies, Map<String, List<String>> variables) {
    return new Grant(policies, List.of(), variables);
  }

  /** Whether nothing can be allowed by it. */
  public boolean isEmpty() {
    return policies.isEmpty() && documents.isEmpty();
  }
}
