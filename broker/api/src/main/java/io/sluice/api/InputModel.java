package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.re2j.Pattern;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the inputs of AWS IoT's operations may be: types, lengths, bounds, patterns, choices, and
 * what must be there. Read once from the public service model, of which {@code iot-inputs.json} has
 * what is needed here.
 */
final class InputModel {
  private static final String RESOURCE = "iot-inputs.json";

  /** How many elements a list or map may have for which the model has no bound. */
  private static final Long ELEMENTS_MAX = 10_000L;

  /** Where a member of an input is on the wire. */
  enum Place {
    BODY,
    URI,
    QUERYSTRING,
    HEADER
  }

  /**
   * A member of a structure.
   *
   * @param wireName what the wire calls it
   */
  record Member(String name, String wireName, Place place, String shape, boolean required) {}

  /**
   * What a value may be.
   *
   * @param min of the length, of the number of elements, or of the number itself; null: any
   * @param element of a list, or the values of a map; empty for others
   * @param key of a map; empty for others
   */
  record Shape(
      String type,
      @Nullable Long min,
      @Nullable Long max,
      @Nullable Pattern pattern,
      Set<String> choices,
      boolean sensitive,
      List<Member> members,
      String element,
      String key) {}

  /**
   * The input of an operation.
   *
   * @param path its segments, where {@code {name}} is a member, and {@code {name+}} all that follow
   */
  record Input(List<String> path, Shape shape) {}

  private final Map<String, Input> inputs = new HashMap<>();
  private final Map<String, Shape> shapes = new HashMap<>();

  private InputModel(JsonNode model) {
    model
        .path("shapes")
        .properties()
        .forEach(entry -> shapes.put(entry.getKey(), shape(entry.getValue())));
    model
        .path("operations")
        .properties()
        .forEach(
            entry ->
                inputs.put(
                    entry.getKey(),
                    new Input(
                        List.of(entry.getValue().path("path").asText().substring(1).split("/", -1)),
                        shape(entry.getValue().path("input").asText()))));
  }

  static InputModel load() {
    try (InputStream in = InputModel.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the jar; build it again");
      }
      return new InputModel(new ObjectMapper().readTree(in));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The input of an operation, or null when the model has none. */
  @Nullable Input input(String operation) {
    return inputs.get(operation);
  }

  /** A shape that a member, an element or a key refers to. */
  Shape shape(String name) {
    Shape shape = shapes.get(name);
    if (shape == null) {
      throw new IllegalStateException(RESOURCE + " has no shape '" + name + "'; write it again");
    }
    return shape;
  }

  private static Shape shape(JsonNode node) {
    Set<String> required = texts(node.path("required"));
    List<Member> members = new ArrayList<>();
    node.path("members")
        .properties()
        .forEach(
            entry ->
                members.add(
                    new Member(
                        entry.getKey(),
                        entry.getValue().path("name").asText(entry.getKey()),
                        place(entry.getValue().path("in").asText("body")),
                        entry.getValue().path("shape").asText(),
                        required.contains(entry.getKey()))));
    String type = node.path("type").asText();
    Long max = bound(node.path("max"));
    return new Shape(
        type,
        bound(node.path("min")),
        max == null && (type.equals("list") || type.equals("map")) ? ELEMENTS_MAX : max,
        node.has("pattern") ? Pattern.compile(node.path("pattern").asText()) : null,
        texts(node.path("enum")),
        node.path("sensitive").asBoolean(),
        members,
        node.path(type.equals("map") ? "value" : "member").asText(),
        node.path("key").asText());
  }

  private static Place place(String location) {
    return Place.valueOf(location.toUpperCase(java.util.Locale.ROOT));
  }

  private static @Nullable Long bound(JsonNode node) {
    return node.isNumber() ? node.longValue() : null;
  }

  private static Set<String> texts(JsonNode list) {
    Set<String> texts = new LinkedHashSet<>();
    list.forEach(one -> texts.add(one.asText()));
    return texts;
  }
}
