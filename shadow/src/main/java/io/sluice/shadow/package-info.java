/**
 * Device shadows: the document rules as pure functions, and the service that keeps the documents on
 * their partition.
 *
 * <p>It never sees sessions, sockets or HTTP; it is asked, and answers with publications. Read
 * first: ShadowDocument, ShadowDelta, ShadowService.
 */
@NullMarked
package io.sluice.shadow;

import org.jspecify.annotations.NullMarked;
