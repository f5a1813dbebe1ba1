package io.sluice.sim;

/**
 * Who a simulated device is: its place in the fleet and its client identifier.
 *
 * @param number what was put into the pattern; with {@code firstDevice: 1} the first is 1
 */
record DeviceName(long number, String clientId) {}
