package io.sluice.sim;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** The known word that a misspelt one probably meant. */
final class NearestWord {
  private NearestWord() {}

  /** Empty when no known word is within a third of the length: a guess would mislead. */
  static Optional<String> to(String found, Collection<String> known) {
    return known.stream()
        .min(Comparator.comparingInt((String word) -> distance(found, word)).thenComparing(w -> w))
        .filter(word -> distance(found, word) <= 1 + Math.max(found.length(), word.length()) / 3);
  }

  /** {@code did you mean 'devices'?}, or the list of what is known. */
  static String remedy(String found, Collection<String> known) {
    return to(found, known)
        .map("did you mean '%s'?"::formatted)
        .orElseGet(() -> "known here: " + String.join(", ", known.stream().sorted().toList()));
  }

  /** Levenshtein's edit distance, ignoring case. */
  static int distance(String one, String other) {
    String a = one.toLowerCase(Locale.ROOT);
    String b = other.toLowerCase(Locale.ROOT);
    int[] above = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = above[0];
      above[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = above[j];
        above[j] = Math.min(replaced, 1 + Math.min(above[j], above[j - 1]));
      }
    }
    return above[b.length()];
  }
}
