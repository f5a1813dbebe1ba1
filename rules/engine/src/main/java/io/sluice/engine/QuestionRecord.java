package io.sluice.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A message that waits in a rule for answers, or has them; JSON on disk, with bytes in base64. The
 * layout is in {@code docs/formats/rules.md}.
 *
 * @param publication the message, encoded as the ingress log holds it
 * @param place the message's in the ingress log
 * @param answers by the digest of their question; empty while it waits
 */
record QuestionRecord(
    String rule, byte[] publication, Place place, Map<String, RecordedLookups.Answer> answers) {
  private static final ObjectMapper JSON = new ObjectMapper();

  byte[] encode() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("rule", rule)
        .put("partition", place.partition())
        .put("offset", place.offset())
        .put("publication", publication);
    ObjectNode list = out.putObject("answers");
    answers.forEach(
        (question, answer) -> {
          ObjectNode one = list.putObject(question);
          byte[] json = answer.json();
          if (json == null) {
            one.put("failure", answer.failure());
          } else {
            one.put("json", json);
          }
        });
    try {
      return JSON.writeValueAsBytes(out);
    } catch (IOException impossible) { // a tree in memory
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * @throws IllegalArgumentException when it is no such record
   */
  static QuestionRecord decode(byte[] record) {
    try {
      JsonNode in = JSON.readTree(record);
      Map<String, RecordedLookups.Answer> answers = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> one : in.path("answers").properties()) {
        answers.put(
            one.getKey(),
            new RecordedLookups.Answer(
                one.getValue().path("json").binaryValue(),
                one.getValue().path("failure").asText()));
      }
      byte[] publication = in.path("publication").binaryValue();
      if (publication == null) {
        throw new IllegalArgumentException("the question has no publication");
      }
      return new QuestionRecord(
          in.path("rule").asText(),
          publication,
          new Place(in.path("partition").asInt(), in.path("offset").asLong()),
          answers);
    } catch (IOException damaged) {
      throw new IllegalArgumentException("the question is no JSON", damaged);
    }
  }
}
