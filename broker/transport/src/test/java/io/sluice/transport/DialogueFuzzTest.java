package io.sluice.transport;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.driver.FuzzedDataProviderImpl;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Three clients whose packets are mostly well formed, in an order nobody would choose: so the
 * fuzzer spends its time behind the decoder, on acknowledgements of nothing, second CONNECTs,
 * takeovers, resumed sessions, wills, stalled sockets and connections cut at any moment.
 */
class DialogueFuzzTest {
  private static final String[] TOPICS = {
    "a",
    "a/b",
    "b",
    "",
    "$SYS/x",
    "$share/g/a",
    "innocent/word",
    "forbidden",
    "$aws/things/t/shadow/get"
  };
  private static final String[] FILTERS = {
    "a",
    "#",
    "+/b",
    "a/#",
    "$share/g/a",
    "$share/g/#",
    "$share//a",
    "$exclusive/a",
    "$SYS/#",
    "",
    "forbidden",
    "$share/g/"
  };
  private static final String[] PUBLISH_PROPERTIES = {
    "",
    "",
    "01 01",
    "02 00000000",
    "02 00000005",
    "08 [ 'r' ]",
    "09 [ 'c' ]",
    "23 0001",
    "26 ['k'] ['v']",
    "03 ['t'] 23 0002",
    "0B 01"
  };
  private static final String[] CONNECT_PROPERTIES = {
    "",
    "",
    "11 00000064",
    "11 FFFFFFFF",
    "21 0001",
    "21 0002 11 00000064",
    "27 00000040",
    "22 0002",
    "27 00000040 11 00000064",
    "19 01 17 00"
  };

  private final MemoryClient[] clients = new MemoryClient[3];
  private final ServerPackets[] answers = new ServerPackets[3];
  private final int[] versions = new int[3];

  static Stream<byte[]> seeds() {
    return Stream.iterate(1, seed -> seed + 1).limit(60).map(DialogueFuzzTest::random);
  }

  private static byte[] random(int seed) {
    byte[] bytes = new byte[40 * (1 + seed % 10)];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "2m")
  void nobodyIsHurtByWhatThreeClientsDo(byte[] input) {
    FuzzedDataProvider data = FuzzedDataProviderImpl.withJavaData(input);
    Arrays.fill(clients, null);
    try (FuzzedGateway fuzzed = new FuzzedGateway()) {
      for (int steps = 0; data.remainingBytes() > 0 && steps < 200; steps++) {
        step(fuzzed, data);
        for (int i = 0; i < clients.length; i++) {
          if (clients[i] != null) {
            answers[i].read(clients[i].read());
          }
        }
        fuzzed.checkMemory();
      }
      for (MemoryClient client : clients) {
        if (client != null && client.isOpen()) {
          client.stall(false);
        }
      }
      fuzzed.gateway.settle();
    }
  }

  private void step(FuzzedGateway fuzzed, FuzzedDataProvider data) {
    int i = data.consumeInt(0, clients.length - 1);
    int what = data.consumeInt(0, 15);
    if (what == 0 || clients[i] == null || !clients[i].isOpen()) {
      connect(fuzzed, data, i);
      return;
    }
    MemoryClient client = clients[i];
    switch (what) {
      case 1 -> client.cut();
      case 2 -> client.stall(data.consumeBoolean());
      case 3 -> fuzzed.gateway.advance(data.consumeInt(0, 200_000));
      case 4 -> client.send(data.consumeBytes(data.consumeInt(0, 24)));
      case 5 -> {
        byte[] packet = packet(data, versions[i]);
        if (packet.length > 0) {
          packet[data.consumeInt(0, packet.length - 1)] ^= (byte) (1 << data.consumeInt(0, 7));
        }
        client.send(packet);
      }
      case 6 -> {
        client.send(packet(data, versions[i])); // and do not wait for the answer
        return;
      }
      default -> client.send(packet(data, versions[i]));
    }
    if (data.consumeBoolean()) {
      fuzzed.gateway.settle();
    } else {
      for (int n = data.consumeInt(0, 5); n > 0; n--) {
        fuzzed.gateway.step();
      }
    }
  }

  private void connect(FuzzedGateway fuzzed, FuzzedDataProvider data, int i) {
    if (clients[i] != null) {
      answers[i].read(clients[i].read());
      if (clients[i].isOpen()) {
        clients[i].cut();
      }
    }
    versions[i] = data.pickValue(new int[] {3, 4, 5, 5});
    int flags = data.pickValue(new int[] {0x00, 0x02, 0x06, 0x2C, 0x36, 0x04});
    boolean will = (flags & 4) != 0;
    byte[] willPart =
        will
            ? PacketText.bytes(
                (versions[i] == 5 ? data.pickValue(new String[] {"00", "<18 00000002>"}) : "")
                    + "['"
                    + data.pickValue(TOPICS)
                    + "'] ['gone']")
            : new byte[0];
    byte[] connect =
        RawClient.connect(
            versions[i],
            flags,
            data.pickValue(new int[] {0, 1, 60}),
            data.pickValue(CONNECT_PROPERTIES),
            RawClient.text(data.pickValue(new String[] {"x", "y", ""})),
            willPart);
    clients[i] = fuzzed.gateway.accept(false);
    answers[i] = FuzzedGateway.answersTo(connect);
    clients[i].send(connect);
    fuzzed.gateway.settle();
  }

  private static byte[] packet(FuzzedDataProvider data, int version) {
    String id = "%04X".formatted(data.consumeInt(0, 4));
    String properties = version == 5 ? "<>" : "";
    String text =
        switch (data.consumeInt(0, 9)) {
          case 0, 1, 2 -> {
            int flags = data.consumeInt(0, 15);
            yield "3%X <['%s'] %s %s 'payload'>"
                .formatted(
                    flags,
                    data.pickValue(TOPICS),
                    (flags & 6) == 0 ? "" : id,
                    version == 5 ? "<" + data.pickValue(PUBLISH_PROPERTIES) + ">" : "");
          }
          case 3, 4 ->
              "82 <%s %s ['%s'] %02X ['%s'] %02X>"
                  .formatted(
                      id,
                      version == 5 ? data.pickValue(new String[] {"<>", "<0B 05>"}) : "",
                      data.pickValue(FILTERS),
                      data.consumeInt(0, 0x2F),
                      data.pickValue(FILTERS),
                      data.consumeInt(0, 2));
          case 5 -> "A2 <%s %s ['%s']>".formatted(id, properties, data.pickValue(FILTERS));
          case 6, 7, 8 ->
              "%s <%s %s>"
                  .formatted(
                      data.pickValue(new String[] {"40", "50", "62", "70"}),
                      id,
                      version == 5 ? data.pickValue(new String[] {"", "00", "87", "92 <>"}) : "");
          default ->
              data.pickValue(
                  new String[] {"C0 00", "E0 00", "E0 <04>", "E0 <00 <11 00000005>>", "F0 00"});
        };
    return PacketText.bytes(text);
  }
}
