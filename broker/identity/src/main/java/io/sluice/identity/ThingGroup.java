package io.sluice.identity;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A named set of things; a static one stands in a hierarchy, a dynamic one has a query instead.
 *
 * @param id a UUID
 * @param parent the group it was made in; null for a root
 * @param description empty when none was given
 * @param query of a dynamic group; null for a static one
 * @param version 1 at first, one more with each update
 */
public record ThingGroup(
    String name,
    String id,
    @Nullable String parent,
    String description,
    Map<String, String> attributes,
    @Nullable String query,
    long version,
    long createdMillis) {
  public ThingGroup {
    attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
  }

  /** Whether a query, and nobody else, says who is in it. */
  public boolean isDynamic() {
    return query != null;
  }
}
