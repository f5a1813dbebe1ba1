package io.sluice.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A load balancer says whom it speaks for. Source: "The PROXY protocol", versions 1 and 2. */
class ProxyProtocolTest {
  private static final String SIGNATURE = "0D0A0D0A000D0A515549540A";

  @TempDir static Path folder;
  private static TestGateway gateway;
  private static int port;

  @BeforeAll
  static void start() {
    gateway =
        new TestGateway(
            folder.resolve("data"),
            TransportLimits.STANDARD.withConnectTimeoutMillis(1_000).withAddressUnadmittedMax(2));
    port = gateway.listen(listener -> listener.withProxyProtocol(true));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static long refused(String word) {
    return gateway.counters.refusedByReason().getOrDefault(word, 0L);
  }

  private static byte[] ascii(String line) {
    return line.replace("~", "\r\n").getBytes(US_ASCII);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "PROXY TCP4 192.0.2.7 198.51.100.1 5000 8883~, 192.0.2.7",
    "PROXY TCP6 2001:db8::7 2001:db8::1 5000 8883~, 2001:db8:0:0:0:0:0:7",
    "PROXY UNKNOWN~, 127.0.0.1",
    "PROXY UNKNOWN 192.0.2.7 198.51.100.1 5000 8883~, 127.0.0.1"
  })
  void version1NamesTheClient(String line, String source) {
    try (RawClient client = new RawClient(port)) {
      client.send(ascii(line), RawClient.connect(5, "v1"));

      assertThat(client.read().first()).isEqualTo(0x20);
      assertThat(gateway.door.seen.sourceIp()).isEqualTo(source);
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "21 11 000C C0000207 C6336401 1388 22B3, 192.0.2.7, TCP over IPv4",
    "21 11 0013 C0000207 C6336401 1388 22B3 04 0004 AABBCCDD, 192.0.2.7, with an extension",
    "21 21 0024 20010DB8000000000000000000000007 20010DB8000000000000000000000001 1388 22B3, 2001:db8:0:0:0:0:0:7, IPv6",
    "20 00 0000, 127.0.0.1, LOCAL: the proxy's own health check"
  })
  void version2NamesTheClient(String header, String source, String what) {
    try (RawClient client = new RawClient(port)) {
      client.send(RawClient.hex(SIGNATURE + header), RawClient.connect(5, "v2"));

      assertThat(client.read().first()).as(what).isEqualTo(0x20);
      assertThat(gateway.door.seen.sourceIp()).as(what).isEqualTo(source);
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "PROXY TCP4 192.0.2.999 198.51.100.1 5000 8883~",
    "PROXY TCP4 192.0.2.7 198.51.100.1 5000~",
    "PROXY TCP9 192.0.2.7 198.51.100.1 5000 8883~",
    "GET / HTTP/1.1~"
  })
  void aMalformedHeaderIsClosedAndCounted(String line) {
    long before = refused("proxy_header");
    try (RawClient client = new RawClient(port)) {
      client.send(ascii(line), RawClient.connect(5, "bad"));

      assertThat(client.read()).isNull();
      await().until(() -> refused("proxy_header") == before + 1);
      assertThat(gateway.refused().latestFirst().get(0).word()).isEqualTo("proxy_header");
    }
  }

  @Test
  void aConnectionWithoutAHeaderIsClosedAndCounted() {
    long before = refused("proxy_header") + refused("connect_timeout");
    try (RawClient client = new RawClient(port)) {
      client.send(RawClient.connect(5, "direct"));

      assertThat(client.read()).isNull();
      await().until(() -> refused("proxy_header") + refused("connect_timeout") == before + 1);
    }
  }

  @Test
  @SuppressWarnings("try") // the first two connections only have to be there
  void budgetsCountTheClientsOfOneAddressBehindTheProxy() {
    byte[] header = ascii("PROXY TCP4 203.0.113.9 198.51.100.1 5000 8883~");
    long before = refused("address_unadmitted");
    try (RawClient one = new RawClient(port).send(header);
        RawClient two = new RawClient(port).send(header)) {
      await()
          .until(
              () -> {
                try (RawClient three = new RawClient(port).send(header)) {
                  return three.read() == null && refused("address_unadmitted") > before;
                }
              });
      try (RawClient other = new RawClient(port)) {
        other.send(
            ascii("PROXY TCP4 203.0.113.10 198.51.100.1 5000 8883~"),
            RawClient.connect(5, "other"));
        assertThat(other.read().first()).isEqualTo(0x20);
      }
    }
  }
}
