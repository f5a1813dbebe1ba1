package io.sluice.shadow;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Which shadow: the classic one of a thing, or a named one. Not checked when made, because a
 * request with a name that cannot be must still be answered; the service checks before anything
 * else.
 *
 * @param thing the thing name; also the key of the partition that owns all its shadows
 * @param name the shadow name, null for the classic shadow
 */
public record ShadowAddress(String thing, @Nullable String name) {
  static final int THING_NAME_MAX = 128;
  static final int SHADOW_NAME_MAX = 64;

  /** The classic shadow of a thing. */
  public static ShadowAddress classic(String thing) {
    return new ShadowAddress(thing, null);
  }

  /** A named shadow of a thing. */
  public static ShadowAddress named(String thing, String name) {
    return new ShadowAddress(thing, name);
  }

  /** What errors call it: the shadow name, or the thing name when it is the classic shadow. */
  public String displayName() {
    return name == null ? thing : name;
  }

  /** What is wrong with the names, or null when they are as the service allows. */
  @Nullable ShadowError nameError() {
    if (!isName(thing, THING_NAME_MAX, false)) {
      return ShadowError.INVALID_THING_NAME;
    }
    if (name != null && !isName(name, SHADOW_NAME_MAX, true)) {
      return ShadowError.INVALID_SHADOW_NAME;
    }
    return null;
  }

  /** The opaque token that says where the next page of names begins. */
  static String pageToken(String lastName) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(lastName.getBytes(StandardCharsets.UTF_8));
  }

  /** The name in a token, or null when it is none of ours. */
  static @Nullable String pageTokenName(String token) {
    try {
      String name = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
      return isName(name, SHADOW_NAME_MAX, true) ? name : null;
    } catch (IllegalArgumentException notBase64) {
      return null;
    }
  }

  private static boolean isName(String name, int lengthMax, boolean dollar) {
    if (name.isEmpty() || name.length() > lengthMax) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean allowed =
          c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || c == ':'
              || c == '_'
              || c == '-'
              || dollar && c == '$';
      if (!allowed) {
        return false;
      }
    }
    return true;
  }
}
