package io.sluice.sim;

import com.fasterxml.jackson.databind.JsonNode;

/** The source of one value in one device's payloads. Has state; confined to the device's thread. */
@FunctionalInterface
interface Generator {
  /** The next value; the caller does not change it. */
  JsonNode next(Tick tick);
}
