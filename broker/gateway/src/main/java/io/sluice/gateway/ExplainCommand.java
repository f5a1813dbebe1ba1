package io.sluice.gateway;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** {@code sluice explain}: not offered yet, and says so. */
@Command(
    name = "explain",
    description =
        "Explains denials and rules (not offered yet; 'rules test' explains a statement).")
final class ExplainCommand implements Callable<Integer> {
  @Unmatched private String[] rest = {};

  @Override
  public Integer call() {
    throw new Refusals.CommandFailed(
        "'sluice explain' is not offered yet (%d words ignored); './sluice rules test --sql ... --topic ... --payload ...' explains a statement, "
                .formatted(rest.length)
            + "and the gateway's log names the policy behind each denial");
  }
}
