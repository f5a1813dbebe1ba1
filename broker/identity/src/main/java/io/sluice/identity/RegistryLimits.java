package io.sluice.identity;

/**
 * Bounds of the registry. All of it is kept in memory besides the disk, about a kilobyte for each
 * device.
 *
 * @param attributesMax of one thing
 * @param policyCharactersMax of one document, white space not counted
 */
public record RegistryLimits(
    int thingsMax,
    int certificatesMax,
    int policiesMax,
    int attributesMax,
    int policiesPerTargetMax,
    int policyVersionsMax,
    int policyCharactersMax,
    int thingsPerPrincipalMax) {
  /** Generous. */
  public static final RegistryLimits STANDARD =
      new RegistryLimits(1_000_000, 1_000_000, 10_000, 50, 50, 5, 16_384, 1_000);

  /** Where AWS IoT has a figure, that figure; things have no types here, so 3 attributes. */
  public static final RegistryLimits AWS =
      new RegistryLimits(1_000_000, 1_000_000, 10_000, 3, 10, 5, 2_048, 1_000);
}
