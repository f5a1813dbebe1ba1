package io.sluice.firehose;

import io.sluice.firehose.FirehoseRequests.Tag;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Tags of a delivery stream, from the wire and checked. */
final class Tags {
  private static final int TAGS_MAX = 50;
  private static final int KEY_CHARACTERS_MAX = 128;
  private static final int VALUE_CHARACTERS_MAX = 256;

  private Tags() {}

  static Map<String, String> of(@Nullable List<Tag> wire) {
    TreeMap<String, String> tags = new TreeMap<>();
    for (Tag tag : wire == null ? List.<Tag>of() : wire) {
      if (tag.key() == null) {
        throw FirehoseError.missing("tags.key");
      }
      tags.put(tag.key(), tag.value() == null ? "" : tag.value());
    }
    check(tags);
    return tags;
  }

  static void check(Map<String, String> tags) {
    if (tags.size() > TAGS_MAX) {
      throw FirehoseError.invalid(
          "A delivery stream has at most %d tags; this would make %d.", TAGS_MAX, tags.size());
    }
    tags.forEach(
        (key, value) -> {
          if (key.isEmpty()
              || key.length() > KEY_CHARACTERS_MAX
              || value.length() > VALUE_CHARACTERS_MAX) {
            throw FirehoseError.invalid(
                "A tag's key has 1 to %d characters and its value at most %d; found %d and %d.",
                KEY_CHARACTERS_MAX, VALUE_CHARACTERS_MAX, key.length(), value.length());
          }
        });
  }
}
