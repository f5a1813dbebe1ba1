/**
 * Simulated fleets of devices from the command line.
 *
 * <p>It never sees broker code: it is a client like any other. Read first: SimCommand, Fleet,
 * SimulatedDevice.
 */
@NullMarked
package io.sluice.sim;

import org.jspecify.annotations.NullMarked;
