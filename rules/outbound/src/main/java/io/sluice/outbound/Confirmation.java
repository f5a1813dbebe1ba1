package io.sluice.outbound;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sluice.engine.Carrier.Outcome;
import io.sluice.engine.RuleDestinations;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/**
 * Asks an HTTP destination whether it wants messages. Source: AWS IoT Developer Guide, "Working
 * with HTTP action destinations".
 */
final class Confirmation implements RuleDestinations.Confirmer {
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final HttpCalls calls;

  Confirmation(HttpCalls calls) {
    this.calls = calls;
  }

  @Override
  public String send(String confirmationUrl, String arn, String token, String enableUrl) {
    byte[] body =
        JsonNodeFactory.instance
            .objectNode()
            .put("arn", arn)
            .put("confirmationToken", token)
            .put("enableUrl", enableUrl)
            .put("messageType", "DestinationConfirmation")
            .toString()
            .getBytes(StandardCharsets.UTF_8);
    try {
      char joint = confirmationUrl.indexOf('?') < 0 ? '?' : '&';
      URI uri = HttpCalls.uri(confirmationUrl + joint + "confirmationToken=" + token);
      Outcome outcome =
          calls.tryOnce(
              new HttpCalls.Request(
                  "POST",
                  uri,
                  Map.of(
                      "content-type", "application/json",
                      "x-amz-rules-engine-message-type", "DestinationConfirmation",
                      "x-amz-rules-engine-destination-arn", arn),
                  body),
              LIMIT);
      return problem(outcome);
    } catch (HttpCalls.CallFailed failed) {
      return problem(failed.outcome());
    }
  }

  private static String problem(Outcome outcome) {
    if (outcome instanceof Outcome.Retry retry) {
      return retry.reason();
    }
    return outcome instanceof Outcome.Refused refused ? refused.reason() : "";
  }
}
