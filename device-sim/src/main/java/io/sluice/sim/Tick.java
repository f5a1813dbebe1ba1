package io.sluice.sim;

import java.time.Duration;

/**
 * The moment a payload is made for.
 *
 * @param count how many this template has made before, from 0
 * @param planned how far into the run this one was planned, by the interval and not by the clock:
 *     values that depend on time repeat from run to run
 * @param epochMillis the wall clock, for timestamps only
 */
record Tick(long count, Duration planned, long epochMillis) {}
