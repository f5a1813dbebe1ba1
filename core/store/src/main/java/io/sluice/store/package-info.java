/**
 * The memory everybody shares: tables of rows, logs, partitions with one owner each, and timers
 * that survive a restart.
 *
 * <p>It does not know what the rows mean. Read first: Partitions, StateStore, Turn.
 */
@NullMarked
package io.sluice.store;

import org.jspecify.annotations.NullMarked;
