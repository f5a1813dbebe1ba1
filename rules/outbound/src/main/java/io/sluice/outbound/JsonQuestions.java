package io.sluice.outbound;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sluice.engine.Carrier.Outcome;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks an HTTP service a question in JSON, with the checks that actions of rules have: the host's
 * address is looked up once, checked, and used. Follows no redirects. Any thread that may wait.
 */
public final class JsonQuestions implements AutoCloseable {
  private static final ObjectMapper JSON =
      JsonMapper.builder() // an answer that could be read in two ways is none
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();
  private static final int OK = 200;

  private final Addresses addresses;
  private @Nullable HttpCalls calls; // from the first question on: most gateways ask nobody

  /**
   * @param addresses which may be reached; without TLS only those of the operator's own ranges
   */
  public JsonQuestions(Addresses addresses) {
    this.addresses = addresses;
  }

  private synchronized HttpCalls calls() {
    HttpCalls open = calls;
    if (open == null) {
      open = new HttpCalls(addresses);
      calls = open;
    }
    return open;
  }

  /** There is no answer, or none that is JSON; the sentence says why, without the question. */
  public static final class Unanswered extends Exception {
    Unanswered(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * Asks, and waits for the whole answer.
   *
   * @param limit for all of it, however slowly it drips
   */
  public JsonNode ask(URI url, JsonNode question, Duration limit, int answerBytesMax)
      throws Unanswered {
    try {
      byte[] body = JSON.writeValueAsBytes(question);
      HttpCalls.Response answer =
          calls()
              .call(
                  new HttpCalls.Request(
                      "POST",
                      HttpCalls.uri(url.toString()),
                      Map.of("content-type", "application/json"),
                      body),
                  limit,
                  answerBytesMax);
      if (answer.status() != OK) {
        throw new Unanswered(
            "host '%s' answered status %d where 200 was expected"
                .formatted(url.getHost(), answer.status()));
      }
      return JSON.readTree(answer.body());
    } catch (HttpCalls.CallFailed failed) {
      throw new Unanswered(
          failed.outcome() instanceof Outcome.Retry retry
              ? retry.reason()
              : ((Outcome.Refused) failed.outcome()).reason());
    } catch (JsonProcessingException notJson) {
      throw new Unanswered(
          "host '%s' answered something that is no JSON; check what serves it"
              .formatted(url.getHost()));
    } catch (IOException impossible) {
      throw new IllegalStateException("reading an array does not fail", impossible);
    }
  }

  @Override
  public synchronized void close() {
    if (calls != null) {
      calls.close();
    }
  }
}
