package io.sluice.gateway;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.sluice.credentials.TokenRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file of the setting {@code jwt-issuers-file}: a list of issuers, in YAML or JSON. What an
 * issuer leaves out is as the settings say. docs/ways-in.md shows it.
 */
final class IssuersFile {
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final int ISSUERS_MAX = 20;
  private static final long BYTES_MAX = 256 << 10;

  private IssuersFile() {}

  /** As it is written. */
  private record Entry(
      @Nullable String name,
      @Nullable String issuer,
      @Nullable String keys,
      @Nullable String audience,
      @Nullable List<String> algorithms,
      @JsonProperty("leeway-seconds") @Nullable Integer leewaySeconds,
      @JsonProperty("name-claim") @Nullable String nameClaim,
      @Nullable List<String> policies) {}

  /**
   * Reads it.
   *
   * @param settings what holds for an issuer that does not say
   * @throws GatewayConfig.ConfigRefused when it cannot be; the sentence says which issuer and what
   */
  static List<TokenRules> read(Path file, GatewayConfig settings) {
    List<TokenRules> rules = new ArrayList<>();
    List<Entry> entries = entries(file);
    for (int i = 0; i < entries.size(); i++) {
      try {
        rules.add(rules(entries.get(i), settings));
      } catch (TokenRules.Refused refused) {
        throw refused(file, "issuer %d: %s".formatted(i + 1, refused.getMessage()));
      }
    }
    return rules;
  }

  private static List<Entry> entries(Path file) {
    try {
      if (Files.size(file) > BYTES_MAX) {
        throw refused(file, "it is larger than %d bytes".formatted(BYTES_MAX));
      }
      Entry[] entries = YAML.readValue(file.toFile(), Entry[].class);
      if (entries == null || entries.length == 0 || entries.length > ISSUERS_MAX) {
        throw refused(file, "it must list 1 to %d issuers".formatted(ISSUERS_MAX));
      }
      return Arrays.asList(entries);
    } catch (UnrecognizedPropertyException unknown) {
      throw refused(
          file,
          "line %d: unknown key '%s'; an issuer has name, issuer, keys, audience, algorithms, leeway-seconds, name-claim and policies"
              .formatted(unknown.getLocation().getLineNr(), unknown.getPropertyName()));
    } catch (JsonProcessingException malformed) {
      throw refused(
          file,
          "it is no list of issuers; see line %d"
              .formatted(
                  malformed.getLocation() == null ? 1 : malformed.getLocation().getLineNr()));
    } catch (IOException unreadable) {
      throw refused(
          file, "it cannot be read (%s)".formatted(unreadable.getClass().getSimpleName()));
    }
  }

  private static TokenRules rules(Entry entry, GatewayConfig settings) {
    if (entry.name() == null || entry.name().isEmpty()) {
      throw new GatewayConfig.ConfigRefused(
          "key 'jwt-issuers-file': every issuer needs a name, which its principals begin with");
    }
    Integer leeway = entry.leewaySeconds();
    List<String> algorithms = entry.algorithms();
    return new TokenRules(
        entry.name(),
        or(entry.issuer()),
        or(entry.keys()),
        or(entry.audience()),
        Set.copyOf(
            algorithms == null ? Tokens.words(settings.text(Setting.JWT_ALGORITHMS)) : algorithms),
        Duration.ofSeconds(leeway == null ? settings.number(Setting.JWT_LEEWAY_SECONDS) : leeway),
        entry.nameClaim() == null ? settings.text(Setting.JWT_NAME_CLAIM) : entry.nameClaim(),
        TokenRules.mappings(entry.policies() == null ? List.of() : entry.policies()));
  }

  private static String or(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static GatewayConfig.ConfigRefused refused(Path file, String why) {
    return new GatewayConfig.ConfigRefused(
        "key 'jwt-issuers-file', file %s: %s".formatted(file, why));
  }
}
