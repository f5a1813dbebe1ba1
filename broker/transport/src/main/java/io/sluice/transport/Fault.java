package io.sluice.transport;

/**
 * What is wrong with a packet: the reason that ends the connection, and a sentence for its people.
 */
record Fault(Reason reason, String why) {}
