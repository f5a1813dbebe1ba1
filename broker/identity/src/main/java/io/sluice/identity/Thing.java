package io.sluice.identity;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A device as the registry knows it.
 *
 * @param id a UUID; another thing of the same name later has another
 * @param type the name of its thing type; null when it has none
 * @param billingGroup the name of the billing group it is in; null when it is in none
 * @param version 1 at first, one more with each update
 * @param createdMillis since the epoch
 */
public record Thing(
    String name,
    String id,
    @Nullable String type,
    @Nullable String billingGroup,
    Map<String, String> attributes,
    long version,
    long createdMillis) {
  public Thing {
    attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
  }

  Thing inBillingGroup(@Nullable String group) {
    return new Thing(name, id, type, group, attributes, version, createdMillis);
  }
}
