package io.sluice.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.sql.LookupFailed;
import io.sluice.sql.Lookups;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps secrets off the disk: while a field of an outbound action is filled, {@code get_secret}
 * answers a mark that names the secret; the secret takes its place when the message is sent.
 *
 * <p>A mark must come out as it was given, and no other: text that was computed from one could not
 * be computed again, and one that a payload smuggled in would show somebody's secret. For one field
 * of one message.
 */
final class SecretMarks extends ForwardingLookups {
  private static final Pattern MARK = Pattern.compile("\uE000([\\w-]*):([\\w-]*)\uE001");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Lookups real;
  private final List<String> whole = new ArrayList<>(); // marks that may come out as they are
  private int asked;

  SecretMarks(Lookups real) {
    super(real);
    this.real = real;
  }

  /** The secret's shape with marks for values, so that a key can be asked for. */
  @Override
  public String secretString(String id) {
    asked++;
    JsonNode secret = objectOrNull(real.secretString(id));
    if (secret == null) {
      return issue(id, "");
    }
    ObjectNode marks = JsonNodeFactory.instance.objectNode();
    for (String key : (Iterable<String>) secret::fieldNames) {
      marks.put(key, issue(id, key));
    }
    return marks.toString();
  }

  /** The function writes it in base64, so the mark would be changed. */
  @Override
  public byte[] secretBinary(String id) {
    throw new LookupFailed(
        "get_secret: '%s' is asked for as SecretBinary, which a field of an action cannot carry; use SecretString"
            .formatted(id));
  }

  private String issue(String id, String key) {
    String mark = "\uE000" + encoded(id) + ":" + encoded(key) + "\uE001";
    whole.add(mark);
    return mark;
  }

  private static String encoded(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String decoded(String text) {
    return new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
  }

  /** Why a filled field cannot be taken; empty when it can. */
  String problem(String filled) {
    int found = 0;
    Matcher marks = MARK.matcher(filled);
    while (marks.find()) {
      found++;
      if (!whole.contains(marks.group())) {
        return "the payload has a text that stands for a secret";
      }
    }
    return found == asked
        ? ""
        : "a secret of get_secret must stand in the field as it is, beside other text at most";
  }

  /** What may be shown and logged of a field. */
  static String shown(String text) {
    return MARK.matcher(text).replaceAll("(secret)");
  }

  /**
   * Puts secrets in place of their marks, in all texts of a filled action.
   *
   * @throws LookupFailed when a secret is not there any more
   */
  static JsonNode reveal(byte[] fields, Lookups lookups) {
    try {
      String text = new String(fields, StandardCharsets.UTF_8);
      if (text.indexOf('\uE000') < 0) {
        return JSON.readTree(text);
      }
      StringBuilder revealed = new StringBuilder();
      Matcher marks = MARK.matcher(text);
      while (marks.find()) {
        String secret = secret(lookups, decoded(marks.group(1)), decoded(marks.group(2)));
        String quoted = JSON.writeValueAsString(secret);
        marks.appendReplacement(
            revealed, Matcher.quoteReplacement(quoted.substring(1, quoted.length() - 1)));
      }
      return JSON.readTree(marks.appendTail(revealed).toString());
    } catch (IOException damaged) {
      throw new IllegalArgumentException("the fields of an outbox row are no JSON", damaged);
    }
  }

  private static String secret(Lookups lookups, String id, String key) {
    String secret = lookups.secretString(id);
    if (key.isEmpty()) {
      return secret;
    }
    JsonNode object = objectOrNull(secret);
    JsonNode value = object == null ? null : object.get(key);
    if (value == null) {
      throw new LookupFailed("get_secret: '%s' does not have the key asked for".formatted(id));
    }
    return value.asText();
  }

  private static @Nullable JsonNode objectOrNull(String text) {
    try {
      JsonNode tree = JSON.readTree(text);
      return tree != null && tree.isObject() ? tree : null;
    } catch (IOException plain) {
      return null;
    }
  }
}
