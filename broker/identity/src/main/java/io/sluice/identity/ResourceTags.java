package io.sluice.identity;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Turn;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Words that people attach to resources of the registry, for their own order; they decide nothing.
 * They are gone with their resource. Source: AWS IoT Developer Guide, "Tagging your AWS IoT
 * resources".
 */
public final class ResourceTags {
  private static final int TAGS_MAX = 50; // as AWS IoT
  private static final int KEY_MAX = 128;
  private static final int VALUE_MAX = 256;

  /** What can be tagged: the kind in its ARN, and where it lies. */
  private static final Map<String, RegistryRows.Kind> KINDS =
      Map.of(
          "thingtype", RegistryRows.Kind.THING_TYPE,
          "thinggroup", RegistryRows.Kind.THING_GROUP,
          "billinggroup", RegistryRows.Kind.BILLING_GROUP,
          "policy", RegistryRows.Kind.POLICY,
          "cacert", RegistryRows.Kind.AUTHORITY,
          "provisioningtemplate", RegistryRows.Kind.TEMPLATE);

  /** What can be tagged and lives in another room: who asks has seen that it is there. */
  public enum Elsewhere {
    RULE(RegistryRows.Kind.RULE),
    DYNAMIC_GROUP(RegistryRows.Kind.DYNAMIC_GROUP),
    AUTHORIZER(RegistryRows.Kind.AUTHORIZER);

    private final RegistryRows.Kind kind;

    Elsewhere(RegistryRows.Kind kind) {
      this.kind = kind;
    }
  }

  /**
   * @param anew forgets what there was before
   */
  record Change(
      RegistryRows.Kind kind,
      String name,
      boolean anew,
      Map<String, String> put,
      Set<String> remove)
      implements Request<SortedMap<String, String>> {}

  private final Partitions partitions;
  private final Arns arns;

  ResourceTags(Partitions partitions, Arns arns) {
    this.partitions = partitions;
    this.arns = arns;
    partitions.register(Change.class, this::change);
  }

  /**
   * Sets some tags and takes others away.
   *
   * @return all that the resource has now
   */
  public CompletableFuture<SortedMap<String, String>> change(
      String arn, Map<String, String> put, Set<String> remove) {
    try {
      RegistryRows.Kind kind = kind(arn);
      return ask(kind, arn.substring(arn.indexOf('/') + 1), false, put, remove);
    } catch (RegistryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  /** The same for something of another room. */
  public CompletableFuture<SortedMap<String, String>> change(
      Elsewhere what, String name, Map<String, String> put, Set<String> remove) {
    return ask(what.kind, name, false, put, remove);
  }

  /** Gives something of another room these tags and no others: it was just made, or is gone. */
  public CompletableFuture<SortedMap<String, String>> replace(
      Elsewhere what, String name, Map<String, String> tags) {
    return ask(what.kind, name, true, tags, Set.of());
  }

  private CompletableFuture<SortedMap<String, String>> ask(
      RegistryRows.Kind kind,
      String name,
      boolean anew,
      Map<String, String> put,
      Set<String> remove) {
    try {
      put.forEach(ResourceTags::check);
      return partitions.ask(
          RegistryRows.KEY, new Change(kind, name, anew, Map.copyOf(put), Set.copyOf(remove)));
    } catch (RegistryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  /** The tags of a resource. */
  public CompletableFuture<SortedMap<String, String>> of(String arn) {
    return change(arn, Map.of(), Set.of());
  }

  /**
   * Refuses what cannot be a tag.
   *
   * @throws RegistryRefused {@code INVALID_REQUEST}
   */
  public static void check(String key, String value) {
    if (key.isEmpty()
        || key.length() > KEY_MAX
        || value.length() > VALUE_MAX
        || key.startsWith("aws:")
        || (key + value).chars().anyMatch(Character::isISOControl)) {
      throw RegistryRefused.invalid(
          "tag '%s' cannot be: a key has 1 to %d characters and does not begin with aws:, a value at most %d"
              .formatted(Names.shown(key), KEY_MAX, VALUE_MAX));
    }
  }

  private RegistryRows.Kind kind(String arn) {
    String rest = arns.local(arn);
    int slash = rest == null ? -1 : rest.indexOf('/');
    RegistryRows.Kind kind = rest == null || slash < 0 ? null : KINDS.get(rest.substring(0, slash));
    if (kind == null) {
      throw RegistryRefused.invalid(
          "'%s' cannot be tagged here; thing types, thing groups, billing groups, policies, CA certificates, provisioning templates, authorizers and rules can"
              .formatted(Names.shown(arn)));
    }
    return kind;
  }

  private SortedMap<String, String> change(Turn turn, Change request) {
    RegistryRows.Kind kind = request.kind();
    String name = request.name();
    if (KINDS.containsValue(kind) && !RegistryRows.exists(turn, kind, name)) {
      throw RegistryRefused.notFound("there is no resource '%s'".formatted(Names.shown(name)));
    }
    RegistryRows.@Nullable Tags row = RegistryRows.tags(turn, kind, name);
    SortedMap<String, String> before = row == null ? new TreeMap<>() : new TreeMap<>(row.tags());
    SortedMap<String, String> after = request.anew() ? new TreeMap<>() : new TreeMap<>(before);
    after.keySet().removeAll(request.remove());
    after.putAll(request.put());
    if (after.size() > TAGS_MAX) {
      throw new RegistryRefused(
          RegistryError.LIMIT_EXCEEDED,
          "the resource would have %d tags, at most %d may be; take some away"
              .formatted(after.size(), TAGS_MAX));
    }
    if (!after.equals(before)) {
      RegistryRows.putTags(turn, kind, name, new RegistryRows.Tags(after));
    }
    return after;
  }
}
