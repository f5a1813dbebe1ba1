package io.sluice.api;

import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.concurrent.CompletableFuture;

/** Tells which device a request on the mutual-TLS port comes from. */
interface DeviceGate {
  /** The caller; fails with an {@link ApiError} for a certificate that may not enter. */
  CompletableFuture<Caller> enter(ServiceRequestContext ctx);
}
