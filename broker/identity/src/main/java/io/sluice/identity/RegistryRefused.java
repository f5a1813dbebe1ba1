package io.sluice.identity;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A request of the control plane that is not granted: somebody else's mistake, so it has no stack
 * trace. Nothing was changed.
 */
public class RegistryRefused extends RuntimeException {
  private final RegistryError error;
  private final @Nullable String resourceId;
  private final @Nullable String resourceArn;

  public RegistryRefused(RegistryError error, String message) {
    this(error, message, null, null);
  }

  RegistryRefused(
      RegistryError error,
      String message,
      @Nullable String resourceId,
      @Nullable String resourceArn) {
    super(message, null, false, false);
    this.error = error;
    this.resourceId = resourceId;
    this.resourceArn = resourceArn;
  }

  public RegistryError error() {
    return error;
  }

  /** What exists already, with {@link RegistryError#RESOURCE_ALREADY_EXISTS}. */
  public @Nullable String resourceId() {
    return resourceId;
  }

  /** What exists already, with {@link RegistryError#RESOURCE_ALREADY_EXISTS}. */
  public @Nullable String resourceArn() {
    return resourceArn;
  }

  static RegistryRefused invalid(String message) {
    return new RegistryRefused(RegistryError.INVALID_REQUEST, message);
  }

  static RegistryRefused notFound(String message) {
    return new RegistryRefused(RegistryError.RESOURCE_NOT_FOUND, message);
  }

  /** Refusals found before asking travel the same way as those found after. */
  static <R> CompletableFuture<R> inFuture(Supplier<CompletableFuture<R>> action) {
    try {
      return action.get();
    } catch (RegistryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }
}
