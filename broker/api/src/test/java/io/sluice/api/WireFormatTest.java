package io.sluice.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes as AWS clients send and expect them. */
class WireFormatTest {
  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  @Test
  void cborTimesAreTagOneWithMilliseconds() throws IOException {
    ObjectNode request =
        WireFormat.CBOR_1_1.decode(hex("bf 69 54696d657374616d70 c1 1b 0000018bcfe5687b ff"));
    assertThat(request.get("Timestamp").decimalValue()).isEqualByComparingTo("1700000000.123");
    ObjectNode reply = Reply.object();
    reply.set("T", WireFormat.timestamp(1_700_000_000_123L));
    assertThat(WireFormat.CBOR_1_1.encode(reply))
        .containsSubsequence(hex("61 54 c1 1b 0000018bcfe5687b"));
  }

  @Test
  void jsonTimesAreSecondsWithMilliseconds() {
    ObjectNode reply = Reply.object();
    reply.set("T", WireFormat.timestamp(1_700_000_000_123L));
    assertThat(WireFormat.JSON_1_1.encode(reply)).asString().isEqualTo("{\"T\":1700000000.123}");
  }

  @Test
  void blobsAreBytesInCborAndBase64InJson() throws IOException {
    ObjectNode reply = Reply.object().put("Data", new byte[] {'h', 'i'});
    assertThat(WireFormat.CBOR_1_1.encode(reply)).containsSubsequence(hex("42 6869"));
    assertThat(WireFormat.JSON_1_1.encode(reply)).asString().isEqualTo("{\"Data\":\"aGk=\"}");
    ObjectNode fromJson = WireFormat.JSON_1_1.decode("{\"Data\":\"aGk=\"}".getBytes(UTF_8));
    ObjectNode fromCbor = WireFormat.CBOR_1_1.decode(hex("a1 64 44617461 42 6869"));
    assertThat(new Fields(Family.KINESIS, fromJson).bytes("Data")).containsExactly('h', 'i');
    assertThat(new Fields(Family.KINESIS, fromCbor).bytes("Data")).containsExactly('h', 'i');
  }

  @Test
  void noBytesAreAnObjectWithoutMembers() throws IOException {
    assertThat(WireFormat.JSON_1_0.decode(new byte[0])).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "a1", // a map of one, and nothing
    "a161", // a name that ends
    "bf6161", // indefinite, never closed
    "83010203", // no map
    "a16161018000", // something behind the map
    "a1616142", // bytes that are not there
    "bf616142ff", // and that swallow the end
    "f6", // null
    "ff" // an end without a beginning
  })
  void brokenCborIsRefused(String bytes) {
    assertThatThrownBy(() -> WireFormat.CBOR_1_1.decode(hex(bytes)))
        .isInstanceOf(IOException.class);
  }
}
