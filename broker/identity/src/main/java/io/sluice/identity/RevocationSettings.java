package io.sluice.identity;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * How it is found out whether authorities still stand by the certificates they have issued.
 *
 * @param policy what becomes of a device whose authority cannot be asked
 * @param lists files of certificate revocation lists in PEM or DER, or folders of {@code *.crl};
 *     read again when they change
 * @param refresh how long an answer or a fetched list is relied on at most
 * @param timeout for one question
 */
public record RevocationSettings(
    Policy policy, List<Path> lists, Duration refresh, Duration timeout) {
  /** Nobody is asked, and no list is there. */
  public static final RevocationSettings NONE =
      new RevocationSettings(Policy.OFF, List.of(), Duration.ofHours(1), Duration.ofSeconds(3));

  /** What becomes of a device whose authority cannot be asked. */
  public enum Policy {
    /** Nobody is asked; given lists count. */
    OFF,
    /** It comes in, and is asked about again. */
    SOFT,
    /** It does not come in. */
    HARD;

    /**
     * The policy of this name.
     *
     * @throws IllegalArgumentException naming all
     */
    public static Policy of(String text) {
      for (Policy policy : values()) {
        if (policy.name().toLowerCase(Locale.ROOT).equals(text)) {
          return policy;
        }
      }
      throw new IllegalArgumentException(
          "'%s' is no way of checking revocation; use off, soft or hard".formatted(text));
    }
  }

  public RevocationSettings {
    lists = List.copyOf(lists);
  }

  boolean isIdle() {
    return policy == Policy.OFF && lists.isEmpty();
  }
}
