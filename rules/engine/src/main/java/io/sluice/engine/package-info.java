/**
 * Which rules match a publication, what their actions do, and the ledger that counts it.
 *
 * <p>It never sees sessions or sockets: it is handed publications of the ingress log, and hands
 * back effects on partitions, which a conveyor carries. The way of a message: {@link
 * io.sluice.engine.RuleBook#evaluate} finds the rules and plans each action as one {@link
 * io.sluice.engine.RuleEffect}; {@link io.sluice.engine.RuleBook#apply} does it on its target's
 * partition and counts it in the same write; what failed goes through a log of its own to the
 * rule's error action.
 *
 * <p>Read first: RuleBook, RuleAction, Ledger.
 */
@NullMarked
package io.sluice.engine;

import org.jspecify.annotations.NullMarked;
