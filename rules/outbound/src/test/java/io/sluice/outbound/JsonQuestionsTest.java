package io.sluice.outbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a service that is asked in JSON can do to who asks. */
class JsonQuestionsTest {
  private static final Duration LIMIT = Duration.ofSeconds(1);
  private static final int BYTES_MAX = 64 << 10;
  private static final String SETTING = "authorizer-private-addresses";

  private final JsonQuestions questions = new JsonQuestions(Addresses.reserved(true, SETTING));
  private final AtomicInteger asked = new AtomicInteger();
  private final CountDownLatch ended = new CountDownLatch(1);
  private HttpServer server;

  @BeforeEach
  void open() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
  }

  @AfterEach
  void close() {
    ended.countDown();
    server.stop(0);
    questions.close();
  }

  private URI serve(HttpHandler handler) {
    server.createContext(
        "/ask",
        exchange -> {
          asked.incrementAndGet();
          exchange.getRequestBody().readAllBytes();
          handler.handle(exchange);
          exchange.close();
        });
    return URI.create("http://127.0.0.1:%d/ask".formatted(server.getAddress().getPort()));
  }

  private static void say(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private void refused(URI url, String sentence) {
    assertThatThrownBy(
            () ->
                questions.ask(
                    url, JsonNodeFactory.instance.objectNode().put("a", 1), LIMIT, BYTES_MAX))
        .isInstanceOf(JsonQuestions.Unanswered.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void aQuestionIsAnswered() throws Exception {
    URI url = serve(exchange -> say(exchange, 200, "{\"b\":2}"));
    assertThat(
            questions
                .ask(url, JsonNodeFactory.instance.objectNode().put("a", 1), LIMIT, BYTES_MAX)
                .path("b")
                .asInt())
        .isEqualTo(2);
  }

  @Test
  void anAnswerOfMegabytesIsNotRead() {
    refused(serve(exchange -> say(exchange, 200, "\"" + "x".repeat(3 << 20) + "\"")), "65536");
  }

  @Test
  void aRedirectIsNotFollowed() {
    URI url =
        serve(
            exchange -> {
              exchange.getResponseHeaders().add("location", "/elsewhere");
              exchange.sendResponseHeaders(302, -1);
            });
    AtomicInteger followed = new AtomicInteger();
    server.createContext("/elsewhere", exchange -> followed.incrementAndGet());
    refused(url, "302");
    assertThat(followed.get()).isZero();
  }

  @Test
  void anAnswerThatSaysTwoThingsOfOneKeyIsNoAnswer() {
    refused(serve(exchange -> say(exchange, 200, "{\"yes\":false,\"yes\":true}")), "no JSON");
  }

  @Test
  void whatIsNoJsonIsNoAnswer() {
    refused(serve(exchange -> say(exchange, 200, "<html>welcome</html>")), "no JSON");
  }

  @Test
  void anAnswerThatDripsIsGivenUpAtTheLimit() {
    URI url =
        serve(
            exchange -> {
              exchange.sendResponseHeaders(200, 1_000);
              for (int i = 0; i < 200 && !awaited(100); i++) { // twenty seconds of spaces
                exchange.getResponseBody().write(' ');
                exchange.getResponseBody().flush();
              }
            });
    long since = System.nanoTime();
    refused(url, "1000 ms");
    assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(15));
  }

  private boolean awaited(long millis) {
    try {
      return ended.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException stopped) {
      return true;
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "http://127.0.0.1:1/x, reserved address",
    "https://10.0.0.1/x, reserved address",
    "https://[fd00::1]/x, reserved address",
    "https://[::ffff:169.254.169.254]/latest/meta-data, reserved address",
    "https://100.64.0.1/x, reserved address",
    "http://192.0.2.1/x, https://" // of documentation: nobody is there, and nobody is asked
  })
  void whatTheOperatorHasNotOpenedIsNotReached(String url, String sentence) {
    try (JsonQuestions closed = new JsonQuestions(Addresses.reserved(false, SETTING))) {
      assertThatThrownBy(
              () ->
                  closed.ask(
                      URI.create(url), JsonNodeFactory.instance.objectNode(), LIMIT, BYTES_MAX))
          .isInstanceOf(JsonQuestions.Unanswered.class)
          .hasMessageContaining(sentence)
          .hasMessageContaining(SETTING);
    }
  }

  @Test
  void withReservedRangesOpenPasswordsStillDoNotGoOverTheInternetInPlainText() {
    refused(URI.create("http://192.0.2.1/x"), "https://");
  }
}
