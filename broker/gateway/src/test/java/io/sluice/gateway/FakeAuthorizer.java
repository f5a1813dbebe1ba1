package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** An authorizer of somebody's on a free loopback port: says what the test wants it to say. */
final class FakeAuthorizer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  final Queue<JsonNode> asked = new ConcurrentLinkedQueue<>();
  volatile String answer;
  private final HttpServer server;
  private final KeyPair keys;

  FakeAuthorizer(String answer) throws IOException, GeneralSecurityException {
    this.answer = answer;
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    keys = generator.generateKeyPair();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/authorize",
        exchange -> {
          asked.add(JSON.readTree(exchange.getRequestBody()));
          byte[] body = this.answer.getBytes(UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  /** What was asked is forgotten; what it says from now on. */
  void reset(String says) {
    asked.clear();
    answer = says;
  }

  String url() {
    return "http://127.0.0.1:%d/authorize".formatted(server.getAddress().getPort());
  }

  /** The key that its tokens' signatures are checked with, PEM. */
  String publicKey() {
    return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
        .formatted(Base64.getMimeEncoder().encodeToString(keys.getPublic().getEncoded()));
  }

  /** A token's signature, base64. */
  String sign(String token) throws GeneralSecurityException {
    Signature signing = Signature.getInstance("SHA256withRSA");
    signing.initSign(keys.getPrivate());
    signing.update(token.getBytes(UTF_8));
    return Base64.getEncoder().encodeToString(signing.sign());
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
