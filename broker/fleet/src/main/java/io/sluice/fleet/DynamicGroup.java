package io.sluice.fleet;

import java.util.Map;
import java.util.TreeMap;

/**
 * A thing group whose members are the things that a query finds.
 *
 * @param id a UUID
 * @param version 1 at first, one more with each update
 */
public record DynamicGroup(
    String name,
    String id,
    String query,
    String description,
    Map<String, String> attributes,
    long version,
    long createdMillis) {
  public DynamicGroup {
    attributes = new TreeMap<>(attributes);
  }
}
