package io.sluice.identity;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A named policy with its versions.
 *
 * @param versions by their number
 * @param defaultVersion the one in force
 * @param lastVersion the highest number ever given: numbers are not used again
 */
public record Policy(
    String name,
    SortedMap<Integer, Version> versions,
    int defaultVersion,
    int lastVersion,
    long createdMillis,
    long modifiedMillis) {

  /** One text of a policy. */
  public record Version(int id, String document, long createdMillis) {}

  public Policy {
    versions = Collections.unmodifiableSortedMap(new TreeMap<>(versions));
    if (!versions.containsKey(defaultVersion)) {
      throw new IllegalArgumentException("policy '" + name + "' lacks its default version");
    }
  }

  /** The text in force. */
  public String document() {
    return version(defaultVersion).document();
  }

  /**
   * One version.
   *
   * @throws RegistryRefused {@code RESOURCE_NOT_FOUND}
   */
  public Version version(int id) {
    Version version = versions.get(id);
    if (version == null) {
      throw RegistryRefused.notFound(
          "policy '%s' has no version %d; it has %s".formatted(name, id, versions.keySet()));
    }
    return version;
  }
}
