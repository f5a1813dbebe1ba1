package io.sluice.engine;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.sluice.sql.LookupFailed;
import io.sluice.sql.Lookups;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the file of lookups says: HTTP endpoints for functions and models, tables, secrets and
 * protobuf descriptors. Read once, at start; {@code docs/guides/rules-sql.md} shows it. Safe for
 * any thread; only functions and models wait, at most as long as their limit.
 */
public class ConfiguredLookups implements Lookups {
  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
  private static final Set<String> FIELDS =
      Set.of("functions", "models", "tables", "secrets", "descriptors");
  private static final int TIMEOUT_MILLIS = 2_000; // of aws_lambda in AWS IoT
  private static final int TIMEOUT_MILLIS_MAX = 60_000;
  private static final int ANSWER_BYTES_MAX = 128 * 1024;
  private static final int DESCRIPTOR_BYTES_MAX = 1 << 20;
  private static final int TABLE_BYTES_MAX = 64 << 20;

  private record Endpoint(URI url, Duration limit) {}

  private record ItemTable(
      String key, @Nullable String sortKey, Map<List<JsonNode>, byte[]> items) {}

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofMillis(TIMEOUT_MILLIS))
          .build();
  private final Map<String, Endpoint> functions = new HashMap<>();
  private final Map<String, Endpoint> models = new HashMap<>();
  private final Map<String, ItemTable> tables = new HashMap<>();
  private final Map<String, byte[]> secrets = new HashMap<>();
  private final Map<String, List<FileDescriptor>> descriptors = new HashMap<>();

  /** With nothing configured. */
  public ConfiguredLookups() {}

  /**
   * Reads a file; paths in it are relative to it.
   *
   * @throws IllegalArgumentException when it cannot be used; the sentence says why
   */
  public ConfiguredLookups(Path file) {
    JsonNode root;
    try {
      root = YAML.readTree(Files.readString(file));
    } catch (IOException unreadable) {
      throw new IllegalArgumentException(
          "lookups file '%s' cannot be read: %s".formatted(file, unreadable.getMessage()));
    }
    root.fieldNames()
        .forEachRemaining(
            field -> {
              if (!FIELDS.contains(field)) {
                throw new IllegalArgumentException(
                    "lookups file '%s' has '%s'; known are %s"
                        .formatted(file, field, new TreeSet<>(FIELDS)));
              }
            });
    each(root, "functions", (name, node) -> functions.put(name, endpoint(name, node)));
    each(root, "models", (name, node) -> models.put(name, endpoint(name, node)));
    each(root, "tables", (name, node) -> tables.put(name, table(file, name, node)));
    each(root, "secrets", (name, node) -> secrets.put(name, secret(file, name, node)));
    each(root, "descriptors", (name, node) -> descriptors.put(name, descriptor(file, name, node)));
  }

  private interface Entry {
    void take(String name, JsonNode node);
  }

  private static void each(JsonNode root, String field, Entry entry) {
    root.path(field).properties().forEach(one -> entry.take(one.getKey(), one.getValue()));
  }

  private static IllegalArgumentException wrong(String name, String why) {
    return new IllegalArgumentException("lookup '%s': %s".formatted(name, why));
  }

  private static Endpoint endpoint(String name, JsonNode node) {
    int millis = node.path("timeoutMillis").asInt(TIMEOUT_MILLIS);
    String url = node.path("url").asText("");
    if (!url.startsWith("http://") && !url.startsWith("https://")) {
      throw wrong(name, "url must begin with http:// or https://");
    }
    if (millis < 1 || millis > TIMEOUT_MILLIS_MAX) {
      throw wrong(name, "timeoutMillis must be 1 to " + TIMEOUT_MILLIS_MAX);
    }
    return new Endpoint(URI.create(url), Duration.ofMillis(millis));
  }

  private static byte[] read(Path lookups, String name, JsonNode node, long max) {
    Path file = lookups.resolveSibling(node.path("file").asText(""));
    try {
      if (Files.size(file) > max) {
        throw wrong(name, "file '%s' has more than %d bytes".formatted(file, max));
      }
      return Files.readAllBytes(file);
    } catch (IOException unreadable) {
      throw wrong(name, "file '%s' cannot be read: %s".formatted(file, unreadable.getMessage()));
    }
  }

  /** A JSON array of items, or one item per line. */
  private static ItemTable table(Path lookups, String name, JsonNode node) {
    String key = node.path("key").asText("");
    String sortKey = node.path("sortKey").isTextual() ? node.path("sortKey").asText() : null;
    if (key.isEmpty()) {
      throw wrong(name, "key must name the items' key");
    }
    Map<List<JsonNode>, byte[]> items = new HashMap<>();
    try (var values =
        JSON.readerFor(JsonNode.class)
            .<JsonNode>readValues(read(lookups, name, node, TABLE_BYTES_MAX))) {
      while (values.hasNextValue()) { // of an array, its elements
        JsonNode item = values.nextValue();
        List<JsonNode> at = new ArrayList<>(List.of(item.path(key)));
        if (sortKey != null) {
          at.add(item.path(sortKey));
        }
        items.put(at, JSON.writeValueAsBytes(item));
      }
    } catch (IOException notJson) {
      throw wrong(name, "its file must have items as JSON, an array or one per line");
    }
    return new ItemTable(key, sortKey, items);
  }

  private static byte[] secret(Path lookups, String name, JsonNode node) {
    Path file = lookups.resolveSibling(node.path("file").asText(""));
    try {
      Set<PosixFilePermission> open = Files.getPosixFilePermissions(file);
      if (open.contains(PosixFilePermission.GROUP_READ)
          || open.contains(PosixFilePermission.OTHERS_READ)) {
        throw wrong(name, "file '%s' can be read by others; chmod 600 it".formatted(file));
      }
    } catch (UnsupportedOperationException | IOException elsewhere) {
      // no such permissions here, or no such file: reading it says so
    }
    return read(lookups, name, node, ANSWER_BYTES_MAX);
  }

  private static List<FileDescriptor> descriptor(Path lookups, String name, JsonNode node) {
    try {
      FileDescriptorSet set =
          FileDescriptorSet.parseFrom(read(lookups, name, node, DESCRIPTOR_BYTES_MAX));
      Map<String, FileDescriptor> built = new LinkedHashMap<>();
      for (FileDescriptorProto proto : set.getFileList()) { // imports first, as protoc writes them
        List<FileDescriptor> imports = new ArrayList<>();
        for (String dependency : proto.getDependencyList()) {
          FileDescriptor known = built.get(dependency);
          if (known == null) {
            throw wrong(
                name, "'%s' is not in it; use protoc --include_imports".formatted(dependency));
          }
          imports.add(known);
        }
        built.put(
            proto.getName(),
            FileDescriptor.buildFrom(proto, imports.toArray(FileDescriptor[]::new)));
      }
      return List.copyOf(built.values());
    } catch (InvalidProtocolBufferException | DescriptorValidationException noDescriptor) {
      throw wrong(name, "it is no FileDescriptorSet: " + noDescriptor.getMessage());
    }
  }

  /** Whether a function has an endpoint. */
  public boolean hasFunction(String functionArn) {
    return functions.containsKey(functionName(functionArn));
  }

  private static String functionName(String functionArn) {
    int at = functionArn.indexOf(":function:");
    String name = at < 0 ? functionArn : functionArn.substring(at + ":function:".length());
    int version = name.indexOf(':');
    return version < 0 ? name : name.substring(0, version);
  }

  /** The function part of the ARN, without version or alias; a bare name is one too. */
  @Override
  public byte[] invoke(String functionArn, byte[] json) {
    return post("aws_lambda", functionName(functionArn), functions, json);
  }

  @Override
  public byte[] predict(String model, byte[] record) {
    return post("machinelearning_predict", model, models, record);
  }

  private byte[] post(String function, String name, Map<String, Endpoint> endpoints, byte[] body) {
    Endpoint endpoint = endpoints.get(name);
    if (endpoint == null) {
      throw new LookupFailed("%s: no endpoint is configured for '%s'".formatted(function, name));
    }
    HttpRequest request =
        HttpRequest.newBuilder(endpoint.url())
            .timeout(endpoint.limit())
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    try {
      HttpResponse<InputStream> response =
          http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream in = response.body()) {
        byte[] answer = in.readNBytes(ANSWER_BYTES_MAX + 1);
        if (answer.length > ANSWER_BYTES_MAX) {
          throw new LookupFailed(
              "%s: '%s' answered more than %d bytes".formatted(function, name, ANSWER_BYTES_MAX));
        }
        if (response.statusCode() / 100 != 2) {
          throw new LookupFailed(
              "%s: '%s' answered status %d".formatted(function, name, response.statusCode()));
        }
        return answer;
      }
    } catch (IOException failed) {
      throw new LookupFailed(
          "%s: '%s' did not answer (%s)"
              .formatted(function, name, failed.getClass().getSimpleName()));
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new LookupFailed(function + ": the gateway stops");
    }
  }

  @Override
  public byte[] item(String table, List<ItemKey> keys) {
    ItemTable known = tables.get(table);
    if (known == null) {
      throw new LookupFailed("get_dynamodb: no table '%s' is configured".formatted(table));
    }
    List<JsonNode> at = new ArrayList<>();
    at.add(value(table, keys, known.key()));
    String sortKey = known.sortKey();
    if (sortKey != null) {
      at.add(value(table, keys, sortKey));
    }
    byte[] item = keys.size() == at.size() ? known.items().get(at) : null;
    if (item == null) {
      throw new LookupFailed("get_dynamodb: table '%s' has no such item".formatted(table));
    }
    return item;
  }

  private static JsonNode value(String table, List<ItemKey> keys, String name) {
    for (ItemKey key : keys) {
      if (key.name().equals(name)) {
        try {
          return JSON.readTree(key.value());
        } catch (IOException impossible) { // the evaluator writes JSON
          throw new IllegalStateException(impossible);
        }
      }
    }
    throw new LookupFailed("get_dynamodb: the key of table '%s' is '%s'".formatted(table, name));
  }

  @Override
  public String secretString(String id) {
    return new String(secretBinary(id), StandardCharsets.UTF_8);
  }

  @Override
  public byte[] secretBinary(String id) {
    byte[] secret = secrets.get(id);
    if (secret == null) {
      throw new LookupFailed("get_secret: no secret '%s' is configured".formatted(id));
    }
    return secret;
  }

  /**
   * Descriptors are named {@code bucket/objectKey}; the .proto's name is taken with and without.
   */
  @Override
  public byte[] decodeProto(
      byte[] data, String bucket, String objectKey, String protoName, String messageType) {
    List<FileDescriptor> files = descriptors.get(bucket + "/" + objectKey);
    if (files == null) {
      throw new LookupFailed(
          "decode: no descriptor '%s/%s' is configured".formatted(bucket, objectKey));
    }
    for (FileDescriptor file : files) {
      Descriptor type = named(file, protoName) ? type(file, messageType) : null;
      if (type != null) {
        try {
          return JsonFormat.printer()
              .omittingInsignificantWhitespace()
              .usingTypeRegistry(JsonFormat.TypeRegistry.newBuilder().add(type).build())
              .print(DynamicMessage.parseFrom(type, data))
              .getBytes(StandardCharsets.UTF_8);
        } catch (InvalidProtocolBufferException notThat) {
          throw new LookupFailed("decode: the data is no message '%s'".formatted(messageType));
        }
      }
    }
    throw new LookupFailed(
        "decode: descriptor '%s/%s' has no message '%s' in '%s'"
            .formatted(bucket, objectKey, messageType, protoName));
  }

  private static boolean named(FileDescriptor file, String protoName) {
    String name = file.getName().substring(file.getName().lastIndexOf('/') + 1);
    return name.equals(protoName)
        || name.equals(protoName + ".proto")
        || file.getName().equals(protoName);
  }

  private static @Nullable Descriptor type(FileDescriptor file, String messageType) {
    String inPackage = file.getPackage() + ".";
    return file.findMessageTypeByName(
        messageType.startsWith(inPackage)
            ? messageType.substring(inPackage.length())
            : messageType);
  }
}
