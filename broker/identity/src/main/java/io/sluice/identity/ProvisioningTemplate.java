package io.sluice.identity;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A named template that devices are provisioned by, with its versions.
 *
 * @param roleArn kept and given back; this gateway needs no role
 * @param hookUrl whom to ask before each provisioning; null for nobody
 * @param versions by their number
 * @param lastVersion the highest number ever given: numbers are not used again
 */
public record ProvisioningTemplate(
    String name,
    String description,
    boolean enabled,
    Type type,
    @Nullable String roleArn,
    @Nullable String hookUrl,
    SortedMap<Integer, Version> versions,
    int defaultVersion,
    int lastVersion,
    long createdMillis,
    long modifiedMillis) {

  /** What a template is for; the names are on the wire and on disk. */
  public enum Type {
    FLEET_PROVISIONING,
    JITP
  }

  /** One text of a template. */
  public record Version(int id, String body, long createdMillis) {}

  public ProvisioningTemplate {
    versions = Collections.unmodifiableSortedMap(new TreeMap<>(versions));
    if (!versions.containsKey(defaultVersion)) {
      throw new IllegalArgumentException("template '" + name + "' lacks its default version");
    }
  }

  /** The text in force. */
  public String body() {
    return version(defaultVersion).body();
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
          "provisioning template '%s' has no version %d; it has %s"
              .formatted(name, id, versions.keySet()));
    }
    return version;
  }
}
