package io.sluice.shadow;

/**
 * How much one shadow may hold and one request may ask. AWS IoT Core, "AWS IoT Device Shadow
 * service limits and quotas".
 *
 * @param requestBytesMax bytes of one request, metadata and white space included
 * @param documentBytesMax bytes of {@code desired} and {@code reported} together as compact JSON;
 *     metadata does not count
 * @param levelsMax how many levels of keys and array elements lie below {@code desired} or {@code
 *     reported}: {@code {"a":{"b":1}}} has two
 * @param clientTokenBytesMax bytes of a client token
 */
public record ShadowLimits(
    int requestBytesMax, int documentBytesMax, int levelsMax, int clientTokenBytesMax) {

  /** Recursion over a document is as deep as its levels, so there is an end to generosity. */
  static final int LEVELS_CEILING = 128;

  /** For {@code compatibility: standard}. */
  public static final ShadowLimits STANDARD = new ShadowLimits(1 << 20, 256 << 10, 32, 256);

  /** For {@code compatibility: aws}. */
  public static final ShadowLimits AWS = new ShadowLimits(128 << 10, 8 << 10, 8, 64);

  public ShadowLimits {
    require(requestBytesMax >= 16, "requestBytesMax", requestBytesMax, "at least 16");
    require(documentBytesMax >= 2, "documentBytesMax", documentBytesMax, "at least 2");
    require(
        levelsMax >= 1 && levelsMax <= LEVELS_CEILING,
        "levelsMax",
        levelsMax,
        "1 to " + LEVELS_CEILING);
    require(clientTokenBytesMax >= 1, "clientTokenBytesMax", clientTokenBytesMax, "at least 1");
  }

  private static void require(boolean holds, String name, int found, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException(
          "shadow limits: %s is %d; use %s".formatted(name, found, allowed));
    }
  }
}
