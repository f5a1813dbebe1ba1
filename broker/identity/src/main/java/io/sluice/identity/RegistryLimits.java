package io.sluice.identity;

/**
 * Bounds of the registry. All of it is kept in memory besides the disk, about a kilobyte for each
 * device.
 *
 * @param attributesMax of one thing without a type
 * @param attributesTypedMax of one thing with a type, and of one group
 * @param policyCharactersMax of one document, white space not counted
 * @param groupDepthMax how many groups may stand one in the other
 * @param groupChildrenMax how many groups may stand directly in one
 */
public record RegistryLimits(
    int thingsMax,
    int certificatesMax,
    int policiesMax,
    int attributesMax,
    int attributesTypedMax,
    int policiesPerTargetMax,
    int policyVersionsMax,
    int policyCharactersMax,
    int thingsPerPrincipalMax,
    int groupsMax,
    int groupDepthMax,
    int groupChildrenMax,
    int groupsPerThingMax) {
  /** Generous. */
  public static final RegistryLimits STANDARD =
      new RegistryLimits(
          1_000_000, 1_000_000, 10_000, 50, 50, 50, 5, 16_384, 1_000, 100_000, 7, 10_000, 50);

  /** Where AWS IoT has a figure, that figure. */
  public static final RegistryLimits AWS =
      new RegistryLimits(
          1_000_000, 1_000_000, 10_000, 3, 50, 10, 5, 2_048, 1_000, 100_000, 7, 100, 10);
}
