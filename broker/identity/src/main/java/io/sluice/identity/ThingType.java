package io.sluice.identity;

import java.util.List;

/**
 * What things of one kind have in common.
 *
 * @param id a UUID
 * @param description empty when none was given
 * @param deprecatedMillis when it was deprecated; 0 when it is not
 */
public record ThingType(
    String name,
    String id,
    String description,
    List<String> searchableAttributes,
    long deprecatedMillis,
    long createdMillis) {
  public ThingType {
    searchableAttributes = List.copyOf(searchableAttributes);
  }

  /** A deprecated type can be given to no more things. */
  public boolean isDeprecated() {
    return deprecatedMillis > 0;
  }

  ThingType deprecated(long atMillis) {
    return new ThingType(name, id, description, searchableAttributes, atMillis, createdMillis);
  }
}
