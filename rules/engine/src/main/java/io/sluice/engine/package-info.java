/**
 * Which rules match a publication, what their actions do, and the ledger that counts it.
 *
 * <p>It never sees sessions or sockets. Read first: RuleBook, RuleAction, Ledger.
 */
@NullMarked
package io.sluice.engine;

import org.jspecify.annotations.NullMarked;
