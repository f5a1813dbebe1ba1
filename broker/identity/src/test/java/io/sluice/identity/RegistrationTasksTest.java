package io.sluice.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.store.SimulatedStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A task over the gateway's lives. */
class RegistrationTasksTest {
  private static final String TEMPLATE =
      """
      {"Parameters":{"Name":{"Type":"String"}},
       "Resources":{"thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Ref":"Name"}}}}}
      """;

  @TempDir Path dir;

  @Test
  void aTaskGoesOnBehindTheLinesThatWereCountedBeforeTheStop() throws Exception {
    SimulatedStore store = new SimulatedStore(4);
    World before = new World(store);
    Files.createDirectories(dir.resolve("bucket"));
    Files.write(
        dir.resolve("bucket/lines"),
        List.of("{\"Name\":\"a\"}", "", "{\"Name\":\"b\"}", "{\"Name\":\"c\"}"));
    before.simulation.ask(
        RegistryRows.KEY,
        new RegistrationTasks.Put(
            new RegistrationTask(
                "task",
                TEMPLATE,
                "bucket",
                "lines",
                null,
                RegistrationTask.Status.IN_PROGRESS,
                null,
                3,
                1,
                0,
                0,
                0)));

    World after = new World(store);
    ExecutorService executor = Executors.newSingleThreadExecutor();
    Outgoing outgoing = new Outgoing(executor);
    Enrollment enrollment =
        new Enrollment(
            World.AUTHORITY, after.registry, after.simulation.partitions().clock(), Runnable::run);
    try (RegistrationTasks tasks =
        new RegistrationTasks(
            after.registry,
            new Provisioner(after.registry, enrollment, outgoing),
            outgoing,
            dir,
            dir.resolve("reports"),
            executor)) {
      await()
          .pollInterval(Duration.ofMillis(5))
          .until(
              () -> {
                after.simulation.run();
                return tasks.get("task").status() == RegistrationTask.Status.COMPLETED;
              });
      assertThat(tasks.get("task").succeeded()).isEqualTo(3);
    }
    assertThat(after.registry.things().find("a")).as("counted before").isEmpty();
    assertThat(after.registry.things().find("b")).isPresent();
    assertThat(after.registry.things().find("c")).isPresent();
    assertThat(Files.readAllLines(dir.resolve("reports/task/results")))
        .hasSize(2)
        .first()
        .asString()
        .contains("\"lineNumber\":3"); // as an editor counts, with the blank one
  }
}
