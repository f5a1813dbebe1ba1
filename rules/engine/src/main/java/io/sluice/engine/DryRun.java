package io.sluice.engine;

import io.sluice.sql.Explanation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a rule would do with a message.
 *
 * @param covered whether FROM covers the topic, or the message comes by Basic Ingest; when not, no
 *     action runs whatever WHERE says
 * @param explanation the output, the clauses of WHERE, and what was Undefined
 * @param actions what would run, with the templates filled
 */
public record DryRun(boolean covered, Explanation explanation, List<Step> actions) {

  /** Whether any action would be tried. */
  public boolean fires() {
    return covered && !explanation.evaluation().outputs().isEmpty();
  }

  /**
   * One action.
   *
   * @param action its place in the rule and its key, as in {@code 0/sqs}
   * @param fields as filled, by their names in the rule document
   * @param failure why it could not begin; else empty
   */
  public record Step(String action, Map<String, String> fields, String failure) {

    static Step of(RuleEffect.OfAction effect) {
      Map<String, String> fields = new LinkedHashMap<>();
      String failure = "";
      if (effect instanceof RuleEffect.Send send) {
        fields.put("queue", send.queue());
        fields.put("bytes", String.valueOf(send.body().length));
      } else if (effect instanceof RuleEffect.Put put) {
        fields.put("streamName", put.stream());
        fields.put("partitionKey", put.partitionKey());
        fields.put("bytes", String.valueOf(put.data().length));
      } else if (effect instanceof RuleEffect.Deliver deliver) {
        fields.put("deliveryStreamName", deliver.deliveryStream());
        fields.put("records", String.valueOf(deliver.records().size()));
      } else if (effect instanceof RuleEffect.Republish republish) {
        fields.put("topic", republish.publication().topic().toString());
        fields.put("qos", String.valueOf(republish.publication().qos().value()));
        fields.put("bytes", String.valueOf(republish.publication().payload().length));
      } else if (effect instanceof RuleEffect.Dispatch dispatch) {
        fields.putAll(OutboundAction.shown(dispatch.row()));
        fields.put("bytes", String.valueOf(dispatch.row().body().length));
      } else if (effect instanceof RuleEffect.Failed failed) {
        failure = failed.message();
      } else if (effect instanceof RuleEffect.LoopCut cut) {
        failure = RuleOutcomes.loopCut(cut.attempt());
      }
      return new Step(effect.attempt().action(), fields, failure);
    }
  }
}
