package io.sluice.identity;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The registry's rows, drawn in {@code docs/formats/registry.md}: keys begin with the kind, values
 * are JSON. All lie in the partition of {@link #KEY}, so that what must change together is one
 * record.
 */
final class RegistryRows {
  /** Whose partition holds the registry. */
  static final String KEY = "registry";

  static final Table TABLE = new Table("registry");

  private static final int PAGE = 512;
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .visibility(PropertyAccessor.IS_GETTER, JsonAutoDetect.Visibility.NONE)
          .build();

  /** The kinds of row; the text is on disk. */
  enum Kind {
    /** {@code thing | name -> Thing}. */
    THING("thing"),
    /** {@code certificate | id -> RegisteredCertificate}. */
    CERTIFICATE("certificate"),
    /** {@code policy | name -> Policy}. */
    POLICY("policy"),
    /** {@code thing-principal | thing name | certificate id -> ThingPrincipal}. */
    THING_PRINCIPAL("thing-principal"),
    /** {@code policy-target | policy name | certificate id -> PolicyTarget}. */
    POLICY_TARGET("policy-target"),
    /** {@code policy-group | policy name | thing group name -> Link}. */
    POLICY_GROUP("policy-group"),
    /** {@code thing-type | name -> ThingType}. */
    THING_TYPE("thing-type"),
    /** {@code thing-group | name -> ThingGroup}. */
    THING_GROUP("thing-group"),
    /** {@code group-thing | thing group name | thing name -> Link}. */
    GROUP_THING("group-thing"),
    /** {@code billing-group | name -> BillingGroup}. */
    BILLING_GROUP("billing-group"),
    /** {@code authority | certificate id -> RegisteredAuthority}. */
    AUTHORITY("authority"),
    /** {@code registration-code -> RegistrationCode}. */
    REGISTRATION_CODE("registration-code"),
    /** {@code serial | authority id | serial number, hexadecimal -> Serial}. */
    SERIAL("serial"),
    /** {@code template | name -> ProvisioningTemplate}. */
    TEMPLATE("template"),
    /** {@code ownership | SHA-256 of the token, hexadecimal -> Ownership}. */
    OWNERSHIP("ownership"),
    /** {@code tags | kind of row | name -> Tags}. */
    TAGS("tags"),
    /** No row of its own: a rule of the rules engine, whose tags are kept here. */
    RULE("rule"),
    /** No row of its own: a dynamic group of the fleet index, whose tags are kept here. */
    DYNAMIC_GROUP("dynamic-group"),
    /** No row of its own: a custom authorizer, whose tags are kept here. */
    AUTHORIZER("authorizer"),
    /** {@code registration-task | id -> RegistrationTask}. */
    REGISTRATION_TASK("registration-task"),
    /** {@code event-configuration -> RegistryEvents.Configuration}. */
    EVENT_CONFIGURATION("event-configuration");

    private final String text;

    Kind(String text) {
      this.text = text;
    }
  }

  /** A principal's attachment to a thing. */
  record ThingPrincipal(Attachment type) {}

  /** A policy's attachment to a certificate; says only that it is there. */
  record PolicyTarget() {}

  /** Says only that one is linked to the other. */
  record Link() {}

  /** What people have attached to a resource. */
  record Tags(Map<String, String> tags) {}

  private static final Set<Kind> TAGGED =
      EnumSet.of(
          Kind.THING_TYPE,
          Kind.THING_GROUP,
          Kind.BILLING_GROUP,
          Kind.POLICY,
          Kind.AUTHORITY,
          Kind.TEMPLATE);

  /** What a verification certificate must have as its common name. */
  record RegistrationCode(String code) {}

  /**
   * Whose certificate waits to be provisioned, and until when.
   *
   * @param used what was answered when it was provisioned; null before that
   */
  record Ownership(String certificateId, long expiresMillis, @Nullable Used used) {}

  /**
   * What a token was used for.
   *
   * @param request SHA-256 of the template's name and the parameters, hexadecimal
   */
  record Used(
      String request, @Nullable String thingName, Map<String, String> deviceConfiguration) {}

  /** Which certificate has a serial number. */
  record Serial(String certificateId) {}

  private RegistryRows() {}

  private static byte[] key(Kind kind, String... parts) {
    Keys key = Keys.of().text(kind.text);
    for (String part : parts) {
      key.text(part);
    }
    return key.bytes();
  }

  static void put(Turn turn, Thing thing) {
    turn.put(TABLE, key(Kind.THING, thing.name()), write(thing));
  }

  /** Writes a row of any kind. */
  static void put(Turn turn, Kind kind, Object value, String... parts) {
    turn.put(TABLE, key(kind, parts), write(value));
  }

  static void put(Turn turn, RegisteredCertificate certificate) {
    turn.put(TABLE, key(Kind.CERTIFICATE, certificate.id()), write(certificate));
  }

  static void put(Turn turn, Policy policy) {
    turn.put(TABLE, key(Kind.POLICY, policy.name()), write(policy));
  }

  static void putThingPrincipal(Turn turn, String thing, String certificateId, Attachment type) {
    byte[] key = key(Kind.THING_PRINCIPAL, thing, certificateId);
    turn.put(TABLE, key, write(new ThingPrincipal(type)));
  }

  static void putPolicyTarget(Turn turn, String policy, String certificateId) {
    turn.put(TABLE, key(Kind.POLICY_TARGET, policy, certificateId), write(new PolicyTarget()));
  }

  /** Deletes a row, and the tags of the resource that it was. */
  static void delete(Turn turn, Kind kind, String... parts) {
    turn.delete(TABLE, key(kind, parts));
    if (TAGGED.contains(kind)) {
      turn.delete(TABLE, key(Kind.TAGS, kind.text, parts[0]));
    }
  }

  static boolean exists(Turn turn, Kind kind, String name) {
    return turn.get(TABLE, key(kind, name)) != null;
  }

  static @Nullable Tags tags(Turn turn, Kind kind, String name) {
    byte[] value = turn.get(TABLE, key(Kind.TAGS, kind.text, name));
    return value == null ? null : read(value, Tags.class, name);
  }

  /** None leave no row. */
  static void putTags(Turn turn, Kind kind, String name, Tags tags) {
    if (tags.tags().isEmpty()) {
      turn.delete(TABLE, key(Kind.TAGS, kind.text, name));
      return;
    }
    turn.put(TABLE, key(Kind.TAGS, kind.text, name), write(tags));
  }

  /**
   * The certificate with its text, which memory does not keep.
   *
   * @throws IllegalStateException when memory and rows disagree
   */
  static RegisteredCertificate certificate(Turn turn, String id) {
    byte[] value = turn.get(TABLE, key(Kind.CERTIFICATE, id));
    if (value == null) {
      throw new IllegalStateException("certificate " + id + " is in memory but has no row");
    }
    return read(value, RegisteredCertificate.class, id);
  }

  /** The certificate that an authority gave this serial number, or null. */
  static @Nullable RegisteredCertificate bySerial(Turn turn, String authority, String serial) {
    byte[] value = turn.get(TABLE, key(Kind.SERIAL, authority, serial));
    if (value == null) {
      return null;
    }
    return certificate(turn, read(value, Serial.class, serial).certificateId());
  }

  /** Whose certificate a token's hash stands for, or null. */
  static @Nullable Ownership ownership(Turn turn, String hash) {
    byte[] value = turn.get(TABLE, key(Kind.OWNERSHIP, hash));
    return value == null ? null : read(value, Ownership.class, hash);
  }

  /**
   * Hands out all rows of a kind in order.
   *
   * @param sink gets the parts of the key behind the kind, and the value
   */
  static <T> void forEach(Turn turn, Kind kind, Class<T> type, BiConsumer<List<String>, T> sink) {
    byte[] prefix = Keys.of().text(kind.text).bytes();
    byte[] from = prefix;
    byte[] to = Keys.after(prefix);
    while (true) {
      List<Row> page = turn.range(TABLE, from, to, PAGE);
      for (Row row : page) {
        List<String> parts = parts(row.key(), prefix.length);
        sink.accept(parts, read(row.value(), type, kind.text + parts));
      }
      if (page.size() < PAGE) {
        return;
      }
      from = Keys.of().raw(page.get(PAGE - 1).key()).raw(new byte[1]).bytes();
    }
  }

  private static List<String> parts(byte[] key, int from) {
    List<String> parts = new java.util.ArrayList<>();
    for (int at = from; at < key.length; at = Keys.textEnd(key, at)) {
      parts.add(Keys.textAt(key, at));
    }
    return parts;
  }

  private static byte[] write(Object row) {
    try {
      return JSON.writeValueAsBytes(row);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a row of the registry cannot be written as JSON", e);
    }
  }

  private static <T> T read(byte[] value, Class<T> type, String where) {
    try {
      return JSON.readValue(value, type);
    } catch (IOException e) {
      throw new IllegalStateException(
          "the registry's row %s is damaged; restore the data directory from a backup"
              .formatted(where),
          e);
    }
  }
}
