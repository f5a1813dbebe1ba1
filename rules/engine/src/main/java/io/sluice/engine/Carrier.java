package io.sluice.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.UUID;

/**
 * Carries what rules have for the world outside this process. Two implementations: the room {@code
 * outbound}, and the tests' fake.
 *
 * <p>{@link #carry} runs on a worker of the outbox and may block as long as its own time limit; the
 * others run where rules are made and evaluated and must not wait. Nothing may throw on what a peer
 * can cause.
 */
public interface Carrier {
  /** Has no way out: every action that needs one is refused when its rule is made. */
  Carrier NONE =
      new Carrier() {
        @Override
        public String check(String kind, JsonNode fields) {
          return "this gateway has no way out for action '%s'".formatted(kind);
        }

        @Override
        public Batching batching(String kind, JsonNode fields) {
          return Batching.ALONE;
        }

        @Override
        public List<Outcome> carry(List<Delivery> deliveries) {
          throw new IllegalStateException("no rule has such an action");
        }
      };

  /** Takes every action into a rule and carries none: for trials. */
  Carrier TRIAL =
      new Carrier() {
        @Override
        public String check(String kind, JsonNode fields) {
          return "";
        }

        @Override
        public Batching batching(String kind, JsonNode fields) {
          return Batching.ALONE;
        }

        @Override
        public List<Outcome> carry(List<Delivery> deliveries) {
          throw new IllegalStateException("a trial does nothing");
        }
      };

  /**
   * Why an action cannot be taken into a rule; empty when it can. Called with the fields as their
   * author wrote them, templates not filled.
   *
   * @param kind the key of the action in the rule document
   */
  String check(String kind, JsonNode fields);

  /** How deliveries of an action travel together, by its fields as their author wrote them. */
  Batching batching(String kind, JsonNode fields);

  /**
   * What deliveries must have in common to share a call, by the filled fields: those with the same
   * text may.
   */
  default String group(String kind, JsonNode filled) {
    return "";
  }

  /**
   * Tries deliveries of one action, all of one group, in their order.
   *
   * @return what became of each, in the same order
   */
  List<Outcome> carry(List<Delivery> deliveries);

  /**
   * How many deliveries share a call.
   *
   * @param messagesMax 1 when each travels alone
   * @param bytesMax of their bodies; a single one may be larger
   * @param openMillis how long the first waits for company
   * @param isWhole whether all of a call end the same: else no two of one order share a call, for
   *     the first may fail and the second arrive
   */
  record Batching(int messagesMax, int bytesMax, int openMillis, boolean isWhole) {
    /** Each on its own. */
    public static final Batching ALONE = new Batching(1, Integer.MAX_VALUE, 0, true);
  }

  /**
   * One message on its way out.
   *
   * @param id the same each time it is tried: who remembers it sees a repeat
   * @param kind the key of the action in the rule document
   * @param fields the action's, with all templates filled and secrets in place
   * @param output what the rule selected: JSON, bytes, or nothing
   * @param body its bytes; do not change them
   * @param context of the message that caused it
   */
  record Delivery(
      UUID id,
      String rule,
      String kind,
      JsonNode fields,
      Output output,
      byte[] body,
      Context context) {}

  /**
   * The message that caused a delivery.
   *
   * @param atMillis when it came, milliseconds since the epoch
   */
  record Context(String topic, long atMillis, String traceId) {}

  /** What a body is. */
  enum Output {
    JSON,
    BYTES,
    EMPTY
  }

  /** How a try ended. Closed. */
  sealed interface Outcome {
    /** It is there. */
    record Delivered() implements Outcome {}

    /** It may succeed later: the peer is down, busy or broken. */
    record Retry(String reason) implements Outcome {}

    /** It never will: the peer understood and does not want it. */
    record Refused(String reason) implements Outcome {}

    /** The one value of {@link Delivered}. */
    Outcome DELIVERED = new Delivered();
  }
}
