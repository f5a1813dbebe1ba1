package io.sluice.firehose;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.firehose.FirehoseRequests.BufferingHints;
import io.sluice.firehose.FirehoseRequests.S3Destination;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

class DeliveryProperties {

  @Property(tries = 60)
  void theObjectsOneBehindTheOtherAreTheRecordsOneBehindTheOther(
      @ForAll @Size(max = 40) List<@IntRange(max = 400_000) Integer> sizes,
      @ForAll @IntRange(max = 3) int intervalSeconds,
      @ForAll @IntRange(max = 2_000) int millisBetween) {
    Depot depot = new Depot();
    depot.create(
        "logs", S3Destination.of("arn:aws:s3:::lake", new BufferingHints(1, intervalSeconds)));
    StringBuilder put = new StringBuilder();
    for (int i = 0; i < sizes.size(); i++) {
      String record = Character.toString('a' + i % 26).repeat(sizes.get(i));
      depot.put("logs", record);
      put.append(record);
      depot.advance(millisBetween);
    }
    depot.advance(10_000);

    StringBuilder delivered = new StringBuilder();
    for (DeliveredObject object : depot.state("logs").recent()) {
      delivered.append(depot.target.text(object.bucket() + "/" + object.key()));
    }
    assertThat(delivered.toString().equals(put.toString())).as("same bytes").isTrue();
    assertThat(depot.state("logs").deliveredRecords()).isEqualTo(sizes.size());
  }

  @Property
  void noKeyLeadsOutOfTheFolderAndDifferentKeysAreDifferentFiles(
      @ForAll("keys") String one, @ForAll("keys") String other) {
    Path root = Path.of("/deliveries");
    FolderTarget target = new FolderTarget(root);

    assertThat(target.file("lake", one).normalize()).startsWithRaw(root.resolve("lake"));
    if (!one.equals(other)) {
      assertThat(target.file("lake", one)).isNotEqualTo(target.file("lake", other));
    }
  }

  @Provide
  Arbitrary<String> keys() {
    return Arbitraries.of("a", "b", ".", "..", "/", "%", "%2E", "\\", "\n", "é", ".part", "~")
        .list()
        .ofMinSize(1)
        .ofMaxSize(6)
        .map(parts -> String.join("", parts));
  }

  @Property
  void anObjectsNameDependsOnNothingButItsParcel(
      @ForAll @LongRange(min = 0, max = 4_000_000_000_000L) long oldestMillis,
      @ForAll @StringLength(min = 1, max = 9) String identity) {
    Destination destination =
        DestinationCheck.created(
            "logs",
            Depot.destination()
                .withPrefix(
                    "!{firehose:random-string}/!{timestamp:yyyy-MM-dd}/",
                    "e/!{firehose:error-output-type}/"));

    String name = ObjectName.of("logs", 1, destination, oldestMillis, identity);

    assertThat(ObjectName.of("logs", 1, destination, oldestMillis, identity)).isEqualTo(name);
    assertThat(ObjectName.of("logs", 1, destination, oldestMillis, identity + "x"))
        .isNotEqualTo(name);
    assertThat(name)
        .matches(
            "[A-Za-z0-9]{11}/"
                + Instant.ofEpochMilli(oldestMillis).toString().substring(0, 10)
                + "/logs-1-.*");
  }
}
