package io.sluice.gateway;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** {@code sluice shadow}: not offered yet, and says so. */
@Command(
    name = "shadow",
    description = "Shows and changes shadows (not offered yet; use HTTP or MQTT).")
final class ShadowCommand implements Callable<Integer> {
  @Unmatched private String[] rest = {};

  @Override
  public Integer call() {
    throw new Refusals.CommandFailed(
        "'sluice shadow' is not offered yet (%d words ignored); use GET/POST/DELETE https://HOST:8443/things/THING/shadow with a device certificate, "
                .formatted(rest.length)
            + "or publish to $aws/things/THING/shadow/get");
  }
}
