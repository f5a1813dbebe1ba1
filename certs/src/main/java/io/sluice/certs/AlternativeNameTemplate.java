package io.sluice.certs;

import java.util.Map;

/**
 * A subject alternative name with gaps, such as {@code dns:{name}.pumps.example}. Each value is
 * checked as part of the filled name.
 */
public record AlternativeNameTemplate(String text) {
  public AlternativeNameTemplate {
    AlternativeName.parse(SubjectTemplate.substitute(text, EXAMPLE, where(text)));
  }

  /** Fits a name of every kind but an address, which has its gap in the last part if any. */
  private static final Map<String, String> EXAMPLE = Map.of("name", "1", "index", "1");

  private static String where(String text) {
    return "alternative name '" + text + "'";
  }

  /**
   * Fills every gap.
   *
   * @throws CertsRefused {@code INVALID_NAME} when what comes out is no such name
   */
  public AlternativeName fill(Map<String, String> values) {
    return AlternativeName.parse(SubjectTemplate.substitute(text, values, where(text)));
  }
}
