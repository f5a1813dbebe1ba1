package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway in a process of its own, killed with SIGKILL while devices and back ends update
 * shadows: no acknowledged update is lost, and no version is used twice.
 */
class ShadowKillTest {
  private static final int ROUNDS = 3;
  private static final int UNDER_WAY = 32;
  private static final List<String> THINGS = List.of("a", "b", "c");

  @TempDir Path folder;

  /** Acknowledged by PUBACK: thing and the id that was reported. */
  private final Set<String> overMqtt = ConcurrentHashMap.newKeySet();

  /** Answered over HTTP: thing and version, and the id that made it. */
  private final Map<String, String> overHttp = new ConcurrentHashMap<>();

  /** Versions that were answered twice: there must be none. */
  private final Set<String> repeated = ConcurrentHashMap.newKeySet();

  private record Child(Process process, int mqtt, AdminClient admin) {
    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }
  }

  private Child start() throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "start",
                "--dev",
                "--data-dir",
                folder.resolve("data").toString(),
                "--partitions",
                "2",
                "--host",
                "127.0.0.1",
                "--shadow-history-versions",
                "10000"));
    for (String listener : List.of("mqtt", "mqtts", "ws", "wss", "http", "https")) {
      command.addAll(List.of("--" + listener + "-port", "0"));
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    String line = out.readLine();
    while (line != null && !line.startsWith("SLUICE READY")) {
      line = out.readLine();
    }
    assertThat(line).as("ready line").isNotNull();
    JsonNode ready = ShadowGateway.json(line.substring("SLUICE READY ".length()));
    URI endpoint = URI.create("http://127.0.0.1:" + ready.get("http").asInt());
    return new Child(
        process, ready.get("mqtt").asInt(), new AdminClient(endpoint, "local", "test", "test"));
  }

  @Test
  void noAcknowledgedUpdateIsLostAndNoVersionRepeatsWhenTheGatewayIsKilled() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Child child = start();
    try {
      for (int round = 0; round < ROUNDS; round++) {
        int acknowledgedMin = overHttp.size() + 5 + random.nextInt(40);
        CompletableFuture<?> backEnd = updateOverHttp(child, round);
        publish(child, round, acknowledgedMin);
        child.kill();
        backEnd.handle((done, killed) -> true).join();
        child = start();
      }
      verify(child.admin(), seed);
    } finally {
      child.kill();
    }
  }

  /** Goes on until the gateway dies. */
  private CompletableFuture<Void> updateOverHttp(Child child, int round) {
    return CompletableFuture.runAsync(
        () -> {
          for (int i = 0; ; i++) {
            String thing = THINGS.get(i % THINGS.size());
            String id = "h-" + round + "-" + i;
            AdminClient.Answer answer =
                child
                    .admin()
                    .send(
                        "POST",
                        "/things/" + thing + "/shadow",
                        Map.of(),
                        "{\"state\":{\"desired\":{\"id\":\"" + id + "\"}}}");
            if (answer.status() == 200) {
              long version = ShadowGateway.json(answer.body()).get("version").asLong();
              if (overHttp.put(thing + "/" + version, id) != null) {
                repeated.add(thing + "/" + version);
              }
            }
          }
        });
  }

  /** Publishes until so many updates were answered over HTTP. */
  private void publish(Child child, int round, int answeredMin) throws InterruptedException {
    Mqtt3AsyncClient device =
        MqttClient.builder()
            .useMqttVersion3()
            .identifier("device-" + round)
            .serverHost("127.0.0.1")
            .serverPort(child.mqtt())
            .buildAsync();
    device.connect().join();
    Semaphore window = new Semaphore(UNDER_WAY);
    long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    for (int i = 0; overHttp.size() < answeredMin; i++) {
      assertThat(System.nanoTime()).as("answers come").isLessThan(giveUp);
      window.acquire();
      String thing = THINGS.get(i % THINGS.size());
      String id = "m-" + round + "-" + i;
      device
          .publishWith()
          .topic("$aws/things/" + thing + "/shadow/update")
          .qos(MqttQos.AT_LEAST_ONCE)
          .payload(("{\"state\":{\"reported\":{\"id\":\"" + id + "\"}}}").getBytes(UTF_8))
          .send()
          .whenComplete(
              (sent, failure) -> {
                if (failure == null) {
                  overMqtt.add(thing + "/" + id);
                }
                window.release();
              });
    }
  }

  private void verify(AdminClient admin, long seed) {
    assertThat(overMqtt).as("seed %d", seed).hasSizeGreaterThan(ROUNDS);
    assertThat(repeated).as("versions answered twice, seed %d", seed).isEmpty();
    waitUntilCarried(admin);
    Set<String> reported = new HashSet<>();
    Map<String, String> desired = new HashMap<>();
    for (String thing : THINGS) {
      List<Long> versions = new ArrayList<>();
      long from = 1;
      while (from != 0) {
        JsonNode page =
            ask(
                admin,
                thing,
                Map.of("history", "true", "fromVersion", "" + from, "pageSize", "100"));
        for (JsonNode change : page.get("versions")) {
          versions.add(change.get("version").asLong());
          JsonNode state = change.get("state");
          if (state.has("reported")) {
            String id = thing + "/" + state.at("/reported/id").asText();
            assertThat(reported.add(id)).as("%s applied twice, seed %d", id, seed).isTrue();
          } else {
            desired.put(
                thing + "/" + change.get("version").asLong(), state.at("/desired/id").asText());
          }
        }
        from = page.path("nextVersion").asLong();
      }
      long newest = ask(admin, thing, Map.of()).get("version").asLong();
      assertThat(versions)
          .as("each version of %s once, seed %d", thing, seed)
          .isEqualTo(LongStream.rangeClosed(1, newest).boxed().toList());
    }
    assertThat(reported).as("acknowledged over MQTT, seed %d", seed).containsAll(overMqtt);
    assertThat(desired).as("answered over HTTP, seed %d", seed).containsAllEntriesOf(overHttp);
  }

  /** What was logged before the kill has had its effects. */
  private static void waitUntilCarried(AdminClient admin) {
    await()
        .atMost(30, TimeUnit.SECONDS)
        .until(
            () ->
                ShadowGateway.json(admin.get("/sluice/stats"))
                        .at("/messages/ingressBacklog")
                        .asLong()
                    == 0);
  }

  private static JsonNode ask(AdminClient admin, String thing, Map<String, String> query) {
    AdminClient.Answer answer = admin.send("GET", "/things/" + thing + "/shadow", query, "");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return ShadowGateway.json(answer.body());
  }
}
