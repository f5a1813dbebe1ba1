package io.sluice.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.sun.net.httpserver.HttpServer;
import io.sluice.sql.LookupFailed;
import io.sluice.sql.Lookups.ItemKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the file of lookups says, answered. */
class ConfiguredLookupsTest {
  @TempDir Path folder;

  private ConfiguredLookups lookups(String yaml) throws IOException {
    return new ConfiguredLookups(Files.writeString(folder.resolve("lookups.yaml"), yaml));
  }

  @Test
  void functionsAreCalledOverHttpAndBounded() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(java.util.concurrent.Executors.newCachedThreadPool());
    server.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          String path = exchange.getRequestURI().getPath();
          if (path.equals("/slow")) {
            try {
              never.await();
            } catch (InterruptedException stopped) {
              Thread.currentThread().interrupt();
            }
          }
          byte[] answer = path.equals("/big") ? new byte[200_000] : body;
          exchange.sendResponseHeaders(path.equals("/broken") ? 500 : 200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    try {
      String base = "http://127.0.0.1:" + server.getAddress().getPort();
      ConfiguredLookups lookups =
          lookups(
              """
              functions:
                echo: {url: "%1$s/echo"}
                slow: {url: "%1$s/slow", timeoutMillis: 100}
                broken: {url: "%1$s/broken"}
                big: {url: "%1$s/big"}
              """
                  .formatted(base));
      byte[] json = "{\"a\":1}".getBytes(UTF_8);
      assertThat(lookups.invoke("arn:aws:lambda:eu-west-1:1:function:echo:live", json))
          .isEqualTo(json);
      assertThat(lookups.invoke("echo", json)).isEqualTo(json);
      for (String name : List.of("slow", "broken", "big", "unknown")) {
        assertThatThrownBy(() -> lookups.invoke(name, json))
            .as(name)
            .isInstanceOf(LookupFailed.class)
            .hasMessageContaining(name);
      }
    } finally {
      never.countDown();
      server.stop(0);
    }
  }

  @Test
  void tablesAnswerItemsByTheirKeys() throws IOException {
    Files.writeString(folder.resolve("devices.json"), "[{\"id\":\"u7\",\"owner\":\"ann\"}]");
    Files.writeString(
        folder.resolve("limits.jsonl"),
        "{\"site\":\"s\",\"n\":1,\"max\":5}\n{\"site\":\"s\",\"n\":2,\"max\":6}\n");
    ConfiguredLookups lookups =
        lookups(
            """
            tables:
              devices: {file: devices.json, key: id}
              limits: {file: limits.jsonl, key: site, sortKey: n}
            """);
    assertThat(lookups.item("devices", List.of(new ItemKey("id", "\"u7\"".getBytes(UTF_8)))))
        .asString(UTF_8)
        .contains("ann");
    assertThat(
            lookups.item(
                "limits",
                List.of(
                    new ItemKey("site", "\"s\"".getBytes(UTF_8)),
                    new ItemKey("n", "2".getBytes(UTF_8)))))
        .asString(UTF_8)
        .contains("\"max\":6");
    assertThatThrownBy(
            () -> lookups.item("devices", List.of(new ItemKey("id", "\"x\"".getBytes(UTF_8)))))
        .isInstanceOf(LookupFailed.class);
  }

  @Test
  void secretsAreFilesThatNobodyElseReads() throws IOException {
    Path file = Files.writeString(folder.resolve("key"), "s3cret");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> lookups("secrets: {k: {file: key}}"))
        .hasMessageContaining("chmod 600");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(lookups("secrets: {k: {file: key}}").secretString("k")).isEqualTo("s3cret");
  }

  @Test
  void protobufIsDecodedByItsDescriptor() throws IOException {
    FileDescriptorSet set =
        FileDescriptorSet.newBuilder()
            .addFile(
                FileDescriptorProto.newBuilder()
                    .setName("plant/reading.proto")
                    .setPackage("plant")
                    .addMessageType(
                        DescriptorProto.newBuilder()
                            .setName("Reading")
                            .addField(
                                FieldDescriptorProto.newBuilder()
                                    .setName("room_temp")
                                    .setNumber(1)
                                    .setType(FieldDescriptorProto.Type.TYPE_DOUBLE)
                                    .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL))))
            .build();
    Files.write(folder.resolve("reading.desc"), set.toByteArray());
    ConfiguredLookups lookups = lookups("descriptors: {\"b/reading.desc\": {file: reading.desc}}");
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(message);
    out.writeDouble(1, 21.5);
    out.flush();
    for (String proto : List.of("reading", "reading.proto", "plant/reading.proto")) {
      for (String type : List.of("Reading", "plant.Reading")) {
        assertThat(lookups.decodeProto(message.toByteArray(), "b", "reading.desc", proto, type))
            .asString(UTF_8)
            .isEqualTo("{\"roomTemp\":21.5}");
      }
    }
    assertThatThrownBy(
            () -> lookups.decodeProto(new byte[] {1}, "b", "reading.desc", "reading", "Reading"))
        .isInstanceOf(LookupFailed.class);
    assertThatThrownBy(
            () -> lookups.decodeProto(new byte[0], "b", "reading.desc", "reading", "Nope"))
        .isInstanceOf(LookupFailed.class)
        .hasMessageContaining("Nope");
  }

  @Test
  void mistakesInTheFileAreNamed() {
    assertThatThrownBy(() -> lookups("function: {}")).hasMessageContaining("'function'");
    assertThatThrownBy(() -> lookups("functions: {f: {url: ftp://x}}"))
        .hasMessageContaining("http");
    assertThatThrownBy(() -> lookups("tables: {t: {file: gone.json, key: id}}"))
        .hasMessageContaining("gone.json");
  }
}
