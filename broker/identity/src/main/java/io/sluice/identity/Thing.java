package io.sluice.identity;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * A device as the registry knows it.
 *
 * @param id a UUID; another thing of the same name later has another
 * @param version 1 at first, one more with each update
 * @param createdMillis since the epoch
 */
public record Thing(
    String name, String id, Map<String, String> attributes, long version, long createdMillis) {
  public Thing {
    attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
  }
}
