/**
 * HTTP: the AWS-compatible control and data planes, health and metrics.
 *
 * <p>It holds no state: every request becomes a call to the room that owns the matter. Read first:
 * ApiServer, SignatureV4, AwsJsonService.
 */
@NullMarked
package io.sluice.api;

import org.jspecify.annotations.NullMarked;
