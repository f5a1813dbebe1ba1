package io.sluice.sim;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text with places for a device's name: {@code devices/{clientId}/telemetry}. Known places are
 * {@code clientId} and {@code number}.
 */
record NameTemplate(String text) {
  private static final List<String> PLACES = List.of("clientId", "number");
  private static final Pattern PLACE = Pattern.compile("\\{([A-Za-z]+)}");
  private static final int TOPIC_BYTES_MAX = 65_535;

  /** Refuses places that nobody fills. */
  static NameTemplate of(String where, String key, String text) {
    for (String place : places(text)) {
      if (!PLACES.contains(place)) {
        throw new ScenarioInvalid(
            where,
            "'%s' has the unknown place {%s}".formatted(key, place),
            NearestWord.remedy(place, PLACES));
      }
    }
    return new NameTemplate(text);
  }

  /** A template that names one topic: no wildcards [MQTT-3.3.2-2], no U+0000 [MQTT-4.7.3-2]. */
  static NameTemplate topic(String where, String key, String text) {
    if (text.isEmpty() || text.indexOf('+') >= 0 || text.indexOf('#') >= 0 || text.contains("\0")) {
      throw new ScenarioInvalid(
          where,
          "'%s' is '%s', which is no topic name".formatted(key, text),
          "write a topic without '+', '#' and U+0000, for example devices/{clientId}/telemetry");
    }
    if (text.getBytes(StandardCharsets.UTF_8).length > TOPIC_BYTES_MAX / 2) {
      throw new ScenarioInvalid(where, "'%s' is too long".formatted(key), "shorten it");
    }
    return of(where, key, text);
  }

  private static List<String> places(String text) {
    List<String> places = new ArrayList<>();
    Matcher matcher = PLACE.matcher(text);
    while (matcher.find()) {
      places.add(matcher.group(1));
    }
    return places;
  }

  boolean hasPlaces() {
    return !places(text).isEmpty();
  }

  String expand(DeviceName device) {
    return text.replace("{clientId}", device.clientId())
        .replace("{number}", Long.toString(device.number()));
  }
}
