package io.sluice.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import java.util.function.Predicate;

/** Reads what a stream of a running gateway holds, shard by shard. */
final class StreamRecords {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int BATCH = 1_000;
  private static final int OK = 200;

  private final AdminClient client;
  private final String stream;

  StreamRecords(AdminClient client, String stream) {
    this.client = client;
    this.stream = stream;
  }

  /** One record. */
  record Kept(String sequenceNumber, long arrivedMillis, byte[] data) {}

  /**
   * Hands every record of a span on, until it is told to stop.
   *
   * @param fromMillis when the first arrived; 0: whatever the stream still holds
   * @param untilMillis where to stop: what arrives meanwhile would never end
   * @param wanted answers whether to go on
   * @throws Refusals.CommandFailed when there is no such stream, or no gateway
   */
  void read(long fromMillis, long untilMillis, Predicate<Kept> wanted) {
    JsonNode shards =
        ask("ListShards", JSON.createObjectNode().put("StreamName", stream)).path("Shards");
    for (JsonNode shard : shards) {
      if (!read(shard.path("ShardId").asText(), fromMillis, untilMillis, wanted)) {
        return;
      }
    }
  }

  private boolean read(String shard, long fromMillis, long untilMillis, Predicate<Kept> wanted) {
    ObjectNode where = JSON.createObjectNode().put("StreamName", stream).put("ShardId", shard);
    where.put("ShardIteratorType", fromMillis == 0 ? "TRIM_HORIZON" : "AT_TIMESTAMP");
    if (fromMillis != 0) {
      where.put("Timestamp", fromMillis / 1000.0);
    }
    JsonNode iterator = ask("GetShardIterator", where).path("ShardIterator");
    while (iterator.isTextual()) {
      JsonNode page =
          ask(
              "GetRecords",
              JSON.createObjectNode().put("ShardIterator", iterator.asText()).put("Limit", BATCH));
      for (JsonNode record : page.path("Records")) {
        long arrived = Math.round(record.path("ApproximateArrivalTimestamp").asDouble() * 1000);
        if (arrived > untilMillis) {
          return true;
        }
        byte[] data = Base64.getDecoder().decode(record.path("Data").asText());
        if (!wanted.test(new Kept(record.path("SequenceNumber").asText(), arrived, data))) {
          return false;
        }
      }
      if (page.path("Records").isEmpty() && page.path("MillisBehindLatest").asLong() == 0) {
        return true;
      }
      iterator = page.path("NextShardIterator");
    }
    return true;
  }

  private JsonNode ask(String operation, ObjectNode input) {
    AdminClient.Answer answer = client.call("Kinesis_20131202." + operation, input.toString());
    if (answer.status() != OK) {
      throw new Refusals.CommandFailed(
          "stream '%s' cannot be read: %s".formatted(stream, answer.body()));
    }
    try {
      return JSON.readTree(answer.body());
    } catch (JsonProcessingException notJson) {
      throw new Refusals.CommandFailed(
          "what answered is no Sluice gateway: its answer is no JSON; check --endpoint");
    }
  }
}
