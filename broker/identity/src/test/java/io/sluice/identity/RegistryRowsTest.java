package io.sluice.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Row;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** Bytes on disk are an interface: these are the rows that docs/formats/registry.md draws. */
class RegistryRowsTest {
  private static final String ID = "ab".repeat(32);

  private record Golden() implements Request<Map<String, String>> {}

  private record Damage() implements Request<Boolean> {}

  @Test
  void rowsAreWrittenAsTheFormatSays() {
    SimulatedPartitions simulation = new SimulatedPartitions(new SimulatedStore(1), 1_000);
    simulation.partitions().register(Golden.class, (turn, request) -> write(turn));
    Map<String, String> rows = simulation.ask(RegistryRows.KEY, new Golden());
    assertThat(rows)
        .containsExactly(
            Map.entry(
                "certificate|" + ID + "|",
                "{\"id\":\""
                    + ID
                    + "\",\"pem\":\"PEM\",\"status\":\"ACTIVE\",\"withAuthority\":true,\"createdMillis\":1,\"modifiedMillis\":2,\"notBeforeMillis\":3,\"notAfterMillis\":4}"),
            Map.entry("policy-target|p|" + ID + "|", "{}"),
            Map.entry(
                "policy|p|",
                "{\"name\":\"p\",\"versions\":{\"2\":{\"id\":2,\"document\":\"{}\",\"createdMillis\":5}},\"defaultVersion\":2,\"lastVersion\":3,\"createdMillis\":1,\"modifiedMillis\":5}"),
            Map.entry("thing-principal|t|" + ID + "|", "{\"type\":\"EXCLUSIVE_THING\"}"),
            Map.entry(
                "thing|t|",
                "{\"name\":\"t\",\"id\":\"uuid\",\"attributes\":{\"a\":\"1\"},\"version\":7,\"createdMillis\":1}"));
  }

  private static Map<String, String> write(Turn turn) {
    RegistryRows.put(turn, new Thing("t", "uuid", null, null, Map.of("a", "1"), 7, 1));
    RegistryRows.put(
        turn,
        new RegisteredCertificate(
            ID, "PEM", CertificateStatus.ACTIVE, true, null, null, 1, 2, 3, 4));
    TreeMap<Integer, Policy.Version> versions = new TreeMap<>();
    versions.put(2, new Policy.Version(2, "{}", 5));
    RegistryRows.put(turn, new Policy("p", versions, 2, 3, 1, 5));
    RegistryRows.putThingPrincipal(turn, "t", ID, Attachment.EXCLUSIVE_THING);
    RegistryRows.putPolicyTarget(turn, "p", ID);
    Map<String, String> rows = new TreeMap<>();
    for (Row row : turn.prefix(RegistryRows.TABLE, new byte[0], 100)) {
      rows.put(
          new String(row.key(), StandardCharsets.UTF_8).replace('\0', '|'),
          new String(row.value(), StandardCharsets.UTF_8));
    }
    return rows;
  }

  @Test
  void aDamagedRowStopsTheStartWithItsName() {
    SimulatedStore store = new SimulatedStore(1);
    SimulatedPartitions simulation = new SimulatedPartitions(store, 1_000);
    simulation
        .partitions()
        .register(
            Damage.class,
            (turn, request) -> {
              byte[] key = Keys.of().text("thing").text("t").bytes();
              turn.put(RegistryRows.TABLE, key, new byte[] {1, 2});
              return true;
            });
    simulation.ask(RegistryRows.KEY, new Damage());

    SimulatedPartitions restarted = new SimulatedPartitions(store, 2_000);
    Partitions partitions = restarted.partitions();
    Registry registry = new Registry(partitions, Arns.DEFAULT, RegistryLimits.STANDARD);
    partitions.start();
    restarted.run();
    assertThatExceptionOfType(CompletionException.class)
        .isThrownBy(() -> registry.loaded().join())
        .withMessageContaining("thing[t] is damaged");
  }
}
