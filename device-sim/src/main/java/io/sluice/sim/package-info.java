/**
 * Simulated fleets of devices, and load on a broker, from the command line.
 *
 * <p>It never sees broker code: it is a client like any other, and works against any MQTT broker.
 * Two halves that share little: the fleet behaves like devices (scenario, certificates, shadow,
 * faults; on the HiveMQ MQTT Client), the bench is as lean as it can be so that what it measures is
 * the broker. Read first: {@link io.sluice.sim.Fleet}, {@link io.sluice.sim.SimulatedDevice},
 * {@link io.sluice.sim.BenchLink}.
 */
@NullMarked
package io.sluice.sim;

import org.jspecify.annotations.NullMarked;
