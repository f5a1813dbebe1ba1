package io.sluice.gateway;

import io.sluice.engine.Ledger;
import io.sluice.firehose.DeliveredObject;
import io.sluice.firehose.DeliveryState;
import io.sluice.queue.ReceiveMessage;
import io.sluice.queue.ReceivedMessage;
import io.sluice.sim.FleetReport;
import io.sluice.stream.StreamReplies;
import io.sluice.stream.StreamRequests;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * What went in and what came out, counted where it lies: in the queue, in the stream, in the
 * delivered files.
 *
 * @param inQueue messages in the queue
 * @param inStream records in the stream
 * @param inFiles lines in the delivered objects
 */
record DemoReckoning(
    FleetReport fleet,
    Map<String, Map<Ledger.Entry, Long>> ledger,
    long inQueue,
    long inStream,
    long inFiles,
    List<DeliveredObject> objects,
    List<String> samples) {

  private static final int SAMPLES = 3;
  private static final int RECORDS_PER_CALL = 10_000;

  static DemoReckoning of(Gateway gateway, FleetReport fleet) {
    Rooms rooms = gateway.rooms();
    rooms.drain();
    DemoSetup.await(rooms.deliveryStreams.flush(DemoSetup.DELIVERY));
    DeliveryState delivery = DemoSetup.await(rooms.deliveryStreams.state(DemoSetup.DELIVERY));
    List<String> samples = new ArrayList<>();
    long inStream = countStream(rooms, samples);
    long inQueue =
        Long.parseLong(
            String.valueOf(
                DemoSetup.await(
                        rooms.queues.attributes(
                            DemoSetup.QUEUE, List.of("ApproximateNumberOfMessages")))
                    .get("ApproximateNumberOfMessages")));
    sampleQueue(rooms, samples);
    long inFiles = 0;
    for (DeliveredObject object : delivery.recent()) {
      inFiles += countLines(Path.of(object.location()), samples);
    }
    return new DemoReckoning(
        fleet,
        rooms.rules.ledger().totals(),
        inQueue,
        inStream,
        inFiles,
        delivery.recent(),
        samples);
  }

  private static long countStream(Rooms rooms, List<String> samples) {
    long count = 0;
    StreamReplies.ListShardsReply shards =
        DemoSetup.await(
            rooms.streams.listShards(
                new StreamRequests.ListShards(
                    DemoSetup.STREAM, null, null, null, null, null, null)));
    for (StreamReplies.ShardDescription shard : shards.shards()) {
      @Nullable String iterator =
          DemoSetup.await(
                  rooms.streams.getShardIterator(
                      new StreamRequests.GetShardIterator(
                          DemoSetup.STREAM, null, shard.shardId(), "TRIM_HORIZON", null, null)))
              .shardIterator();
      while (iterator != null) {
        StreamReplies.GetRecordsReply page =
            DemoSetup.await(
                rooms.streams.getRecords(
                    new StreamRequests.GetRecords(iterator, RECORDS_PER_CALL, null)));
        count += page.records().size();
        if (samples.isEmpty() && !page.records().isEmpty()) {
          samples.add(
              "stream  " + new String(page.records().get(0).data(), StandardCharsets.UTF_8));
        }
        iterator = page.records().isEmpty() ? null : page.nextShardIterator();
      }
    }
    return count;
  }

  private static void sampleQueue(Rooms rooms, List<String> samples) {
    List<ReceivedMessage> received =
        DemoSetup.await(
            rooms.queues.receive(DemoSetup.QUEUE, ReceiveMessage.now(1).withVisibilityTimeout(0)));
    received.forEach(message -> samples.add("queue   " + message.body()));
  }

  private static long countLines(Path file, List<String> samples) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      long count = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (samples.size() < SAMPLES) {
          samples.add("object  " + line);
        }
        count++;
      }
      return count;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private long counted(String rule, Ledger.Entry entry) {
    return ledger.getOrDefault(rule, Map.of()).getOrDefault(entry, 0L);
  }

  private long routedToQueue() {
    return counted("hot", Ledger.Entry.MATCHED) + counted("wishes", Ledger.Entry.MATCHED);
  }

  /** Whether every message that was acknowledged is where the rules say. */
  boolean isWhole() {
    return fleet.published() > 0
        && fleet.published() == fleet.acknowledged()
        && counted("everything", Ledger.Entry.MATCHED) == fleet.published()
        && counted("hot", Ledger.Entry.MATCHED) + counted("hot", Ledger.Entry.NOT_MATCHED)
            == fleet.published()
        && inStream == fleet.published()
        && inFiles == fleet.published()
        && inQueue == routedToQueue();
  }

  void print(PrintStream out) {
    out.println();
    out.printf(
        "published          %6d   acknowledged %d, failed %d%n",
        fleet.published(), fleet.acknowledged(), fleet.failed());
    out.printf(
        "publish to ack     %6s   p50 %.1f ms, p99 %.1f ms (each waits for the disk)%n",
        "", fleet.latency().p50() / 1000.0, fleet.latency().p99() / 1000.0);
    fleet
        .failures()
        .forEach((reason, count) -> out.printf("device trouble     %6d   %s%n", count, reason));
    for (String rule : DemoSetup.RULES.keySet()) {
      out.printf(
          "rule %-13s %6d   matched; %d not matched, %d deliveries, %d failed%n",
          rule,
          counted(rule, Ledger.Entry.MATCHED),
          counted(rule, Ledger.Entry.NOT_MATCHED),
          counted(rule, Ledger.Entry.DELIVERED),
          counted(rule, Ledger.Entry.ACTION_FAILED));
    }
    out.printf("in the queue       %6d   of %d routed there%n", inQueue, routedToQueue());
    out.printf("in the stream      %6d   of %d%n", inStream, fleet.published());
    out.printf(
        "in %d objects %s %6d   of %d%n",
        objects.size(), objects.size() < 10 ? "    " : "   ", inFiles, fleet.published());
    objects.forEach(
        object ->
            out.printf(
                "                            %s (%d records)%n",
                object.location(), object.records()));
    out.println("read back:");
    samples.forEach(sample -> out.println("  " + sample));
    out.println(
        isWhole()
            ? "published = routed: nothing lost, nothing doubled"
            : "FAILED: published and routed differ");
  }
}
