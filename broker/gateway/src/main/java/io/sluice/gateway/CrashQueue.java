package io.sluice.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.sim.CrashTarget;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The queue of a crash campaign, and the rule that routes a part of its messages there. */
final class CrashQueue {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NAME = "crash";
  private static final int BATCH = 10; // the most that SQS gives and takes at once
  private static final int EMPTY_TWICE = 2;
  private static final int TRIES = 5; // a machine that starts processes all the time is busy
  private static final int OK = 200;
  private static final int CONFLICT = 409;

  private static AdminClient client(int httpPort) {
    return new AdminClient(URI.create("http://127.0.0.1:" + httpPort), "local", "test", "test");
  }

  void create(int httpPort) {
    AdminClient client = client(httpPort);
    ObjectNode rule =
        JSON.createObjectNode()
            .put("sql", "SELECT s, n FROM '" + CrashTarget.QUEUED + "'")
            .put("awsIotSqlVersion", "2016-03-23");
    rule.putArray("actions")
        .addObject()
        .putObject("sqs")
        .put("queueUrl", NAME)
        .put("roleArn", "arn:aws:iam::000000000000:role/any");
    ask(() -> client.call("AmazonSQS.CreateQueue", "{\"QueueName\":\"" + NAME + "\"}"));
    ask(() -> client.send("POST", "/rules/" + NAME, Map.of(), rule.toString()));
  }

  /** Asks again when no answer came; that the thing is there already is well then. */
  private static String ask(Supplier<AdminClient.Answer> question) {
    for (int tries = 1; ; tries++) {
      try {
        AdminClient.Answer answer = question.get();
        if (answer.status() == OK || answer.status() == CONFLICT && tries > 1) {
          return answer.body();
        }
        throw new IllegalStateException(
            "HTTP %d from the gateway: %s".formatted(answer.status(), answer.body()));
      } catch (Refusals.CommandFailed unreachable) {
        if (tries == TRIES) {
          throw unreachable;
        }
      }
    }
  }

  /** Takes out all messages, once the rules have done their work; answers their bodies. */
  List<String> collect(int httpPort) {
    AdminClient client = client(httpPort);
    String receive =
        "{\"QueueUrl\":\"%s\",\"MaxNumberOfMessages\":%d,\"WaitTimeSeconds\":1,\"VisibilityTimeout\":3600}"
            .formatted(NAME, BATCH);
    List<String> bodies = new ArrayList<>();
    int empty = 0;
    while (empty < EMPTY_TWICE) {
      JsonNode messages =
          read(ask(() -> client.call("AmazonSQS.ReceiveMessage", receive))).path("Messages");
      empty = messages.isEmpty() ? empty + 1 : 0;
      ObjectNode done = JSON.createObjectNode().put("QueueUrl", NAME);
      ArrayNode entries = done.putArray("Entries");
      for (JsonNode message : messages) {
        bodies.add(message.path("Body").asText());
        entries
            .addObject()
            .put("Id", Integer.toString(entries.size()))
            .put("ReceiptHandle", message.path("ReceiptHandle").asText());
      }
      if (!messages.isEmpty()) {
        ask(() -> client.call("AmazonSQS.DeleteMessageBatch", done.toString()));
      }
    }
    return bodies;
  }

  private static JsonNode read(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException broken) {
      throw new Refusals.CommandFailed(
          "the gateway's answer is no JSON: " + broken.getOriginalMessage());
    }
  }
}
