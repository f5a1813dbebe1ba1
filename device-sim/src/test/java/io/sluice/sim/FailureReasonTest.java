package io.sluice.sim;

import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.exceptions.ConnectionClosedException;
import com.hivemq.client.mqtt.exceptions.ConnectionFailedException;
import java.io.IOException;
import java.net.ConnectException;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailureReasonTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(
            new ConnectionFailedException(new ConnectException("x: /127.0.0.1:1")),
            "connection refused: nothing listens there"),
        Arguments.of(
            new CompletionException(new SSLHandshakeException("bad_certificate\nmore")),
            "TLS: bad_certificate"),
        Arguments.of(
            new ConnectionClosedException("NativeIoException: (-104): Connection reset by peer"),
            "connection reset"),
        Arguments.of(new IOException("Connection reset"), "connection reset"),
        Arguments.of(new ConnectionClosedException("gone"), "connection closed: gone"),
        Arguments.of(new BenchLink.LinkRefused("CONNECT refused: 0x05"), "CONNECT refused: 0x05"),
        Arguments.of(
            new IllegalStateException("x".repeat(500)),
            "IllegalStateException: " + "x".repeat(120) + "..."),
        Arguments.of(new NullPointerException(), "NullPointerException: no details"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void equalMishapsHaveEqualWords(Throwable failure, String words) {
    assertThat(FailureReason.of(failure)).isEqualTo(words);
  }
}
