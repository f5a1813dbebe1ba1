package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sluice.api.InputModel.Member;
import io.sluice.api.InputModel.Place;
import io.sluice.api.InputModel.Shape;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation of IoT's control plane is asked with each member of its input outside of what the
 * service model allows, one at a time: too short, too long, of other characters, none of the
 * choices, out of bounds, missing, of another type. All of it is InvalidRequestException, names the
 * member, and leaves nothing behind.
 */
class InputModelTest {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final InputModel MODEL = InputModel.load();
  private static final List<String> LISTS =
      List.of(
          "/things",
          "/thing-types",
          "/thing-groups",
          "/billing-groups",
          "/policies",
          "/authorizers/",
          "/certificates",
          "/cacertificates",
          "/provisioning-templates",
          "/destinations");

  private static RunningApi api;
  private static Map<String, IotModel.Line> lines;

  @BeforeAll
  static void start() throws Exception {
    api = new RunningApi();
    lines = new LinkedHashMap<>();
    IotModel.operations().forEach(line -> lines.putIfAbsent(line.name(), line));
  }

  @AfterAll
  static void stop() {
    for (String list : LISTS) {
      HttpResponse<String> answer = HandMade.request(api.port(), "GET", list).send();
      assertThat(answer.body()).as("nothing was made").matches("\\{\"[A-Za-z]+\":\\[\\]\\}");
    }
    api.close();
  }

  static Stream<String> operations() {
    return IotModel.operations().stream()
        .map(IotModel.Line::name)
        .filter(name -> MODEL.input(name) != null)
        .distinct();
  }

  /** When this fails: run .ci/iot-inputs.py. */
  @Test
  void everyOperationOfTheModelThatIsOfferedIsChecked() {
    List<String> unchecked =
        api.operations()
            .filter(operation -> operation.supported() && operation.family() == Family.IOT)
            .map(Operation::name)
            .filter(name -> lines.containsKey(name) && MODEL.input(name) == null)
            .toList();
    assertThat(unchecked).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void whatTheModelDoesNotAllowIsRefusedByTheMembersName(String operation) throws Exception {
    Map<Member, JsonNode> valid = new LinkedHashMap<>();
    Shape input = MODEL.input(operation).shape();
    for (Member member : input.members()) {
      if (member.required()) {
        valid.put(member, valid(MODEL.shape(member.shape())));
      }
    }
    for (Member member : input.members()) {
      Shape shape = MODEL.shape(member.shape());
      for (JsonNode wrong : wrong(shape, member.place())) {
        Map<Member, JsonNode> asked = new LinkedHashMap<>(valid);
        asked.put(member, wrong);
        refuses(operation, asked, member);
      }
      if (member.required() && member.place() != Place.URI) {
        Map<Member, JsonNode> asked = new LinkedHashMap<>(valid);
        asked.remove(member);
        refuses(operation, asked, member);
      }
    }
  }

  private static void refuses(String operation, Map<Member, JsonNode> asked, Member member)
      throws Exception {
    HttpResponse<String> answer = send(operation, asked);
    String what = member.name() + " is " + asked.get(member) + ": " + answer.body();
    assertThat(answer.statusCode()).as(what).isEqualTo(400);
    assertThat(answer.headers().firstValue("x-amzn-errortype"))
        .as(what)
        .contains("InvalidRequestException");
    assertThat(JSON.readTree(answer.body()).path("message").asText())
        .as(what)
        .contains("'" + member.name())
        .hasSizeLessThan(2_000);
  }

  private static HttpResponse<String> send(String operation, Map<Member, JsonNode> asked)
      throws Exception {
    String path = "/" + String.join("/", MODEL.input(operation).path());
    StringBuilder query = new StringBuilder();
    ObjectNode body = NODES.objectNode();
    Map<String, String> headers = new LinkedHashMap<>();
    for (Map.Entry<Member, JsonNode> one : asked.entrySet()) {
      Member member = one.getKey();
      String text = one.getValue().asText();
      switch (member.place()) {
        case URI ->
            path =
                path.replaceAll(
                    "\\{" + member.wireName() + "\\+?}", PercentEncoding.encode(text, false));
        case QUERYSTRING ->
            query
                .append(query.isEmpty() ? '?' : '&')
                .append(member.wireName())
                .append('=')
                .append(PercentEncoding.encode(text, false));
        case HEADER -> headers.put(member.wireName(), text);
        case BODY -> body.set(member.wireName(), one.getValue());
      }
    }
    HandMade request = HandMade.request(api.port(), lines.get(operation).method(), path + query);
    headers.forEach(request::header);
    return (body.isEmpty() ? request : request.body(JSON.writeValueAsString(body))).send();
  }

  private static JsonNode valid(Shape shape) {
    return switch (shape.type()) {
      case "structure" -> {
        ObjectNode object = NODES.objectNode();
        shape.members().stream()
            .filter(Member::required)
            .forEach(one -> object.set(one.wireName(), valid(MODEL.shape(one.shape()))));
        yield object;
      }
      case "list" -> NODES.arrayNode().add(valid(MODEL.shape(shape.element())));
      case "map" -> NODES.objectNode().set("a", valid(MODEL.shape(shape.element())));
      case "integer", "long" -> IntNode.valueOf(1);
      case "double" -> NODES.numberNode(1.5);
      case "boolean" -> NODES.booleanNode(true);
      default -> TextNode.valueOf(text(shape));
    };
  }

  private static String text(Shape shape) {
    if (!shape.choices().isEmpty()) {
      return shape.choices().iterator().next();
    }
    long length = Math.max(1, shape.min() == null ? 1 : shape.min());
    return Stream.of("a", "1")
        .map(one -> one.repeat(Math.toIntExact(length)))
        .filter(one -> shape.pattern() == null || shape.pattern().matches(one))
        .findFirst()
        .orElseThrow();
  }

  /** What a member must not be, inside of it too. */
  private static List<JsonNode> wrong(Shape shape, Place place) {
    List<JsonNode> wrong = new ArrayList<>();
    Long min = shape.min();
    Long max = shape.max();
    boolean inBody = place == Place.BODY;
    switch (shape.type()) {
      case "string" -> {
        if (!shape.choices().isEmpty()) {
          wrong.add(TextNode.valueOf("NO_CHOICE"));
        } else {
          if (max != null && max < 5_000) {
            wrong.add(TextNode.valueOf("a".repeat(Math.toIntExact(max) + 1)));
          }
          if (min != null && min > 1 || min != null && min == 1 && place == Place.QUERYSTRING) {
            wrong.add(TextNode.valueOf("a".repeat(Math.toIntExact(min) - 1)));
          }
          if (shape.pattern() != null && place != Place.HEADER) {
            wrong.add(TextNode.valueOf(inBody ? "é* \u0001" : "é* ")); // URLs have no controls
          }
        }
        if (inBody) {
          wrong.addAll(List.of(IntNode.valueOf(7), NODES.objectNode(), NODES.arrayNode()));
        }
      }
      case "integer", "long" -> {
        wrong.addAll(List.of(TextNode.valueOf("many"), TextNode.valueOf("9".repeat(30))));
        if (min != null) {
          wrong.add(IntNode.valueOf(Math.toIntExact(min) - 1));
        }
        if (max != null && max < Integer.MAX_VALUE) {
          wrong.add(IntNode.valueOf(Math.toIntExact(max) + 1));
        }
      }
      case "boolean" -> wrong.add(TextNode.valueOf("perhaps"));
      case "structure" -> {
        wrong.addAll(List.of(TextNode.valueOf("text"), NODES.arrayNode(), IntNode.valueOf(1)));
        for (Member member : shape.members()) {
          for (JsonNode inner : wrong(MODEL.shape(member.shape()), place)) {
            wrong.add(((ObjectNode) valid(shape)).set(member.wireName(), inner));
          }
        }
      }
      case "list" -> {
        wrong.addAll(
            List.of(TextNode.valueOf("text"), NODES.objectNode(), NODES.arrayNode().addNull()));
        for (JsonNode inner : wrong(MODEL.shape(shape.element()), place)) {
          wrong.add(NODES.arrayNode().add(inner));
        }
        if (max != null) {
          ArrayNode tooMany = NODES.arrayNode();
          for (int i = 0; i <= max; i++) {
            tooMany.add(valid(MODEL.shape(shape.element())));
          }
          wrong.add(tooMany);
        }
      }
      case "map" -> {
        wrong.addAll(
            List.of(TextNode.valueOf("text"), NODES.arrayNode(), NODES.objectNode().putNull("a")));
        for (JsonNode inner : wrong(MODEL.shape(shape.element()), place)) {
          wrong.add(NODES.objectNode().set("a", inner));
        }
      }
      case "double" -> wrong.addAll(List.of(TextNode.valueOf("much"), IntNode.valueOf(-1)));
      default -> wrong.add(IntNode.valueOf(7)); // a blob
    }
    return wrong;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          POST   /things/a%20b                     | 1 validation error detected: Value 'a b' at 'thingName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9:_-]+
          GET    /things?maxResults=0              | 1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1
          GET    /policies?pageSize=251            | 1 validation error detected: Value '251' at 'pageSize' failed to satisfy constraint: Member must have value less than or equal to 250
          GET    /thing-registration-tasks?status= | 1 validation error detected: Value '' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [InProgress, Completed, Failed, Cancelled, Cancelling]
          """)
  void theSentenceIsThatOfAws(String request, String sentence) throws Exception {
    String[] parts = request.split(" +", 2);
    HttpResponse<String> answer = HandMade.request(api.port(), parts[0], parts[1]).send();
    assertThat(JSON.readTree(answer.body()).path("message").asText()).isEqualTo(sentence);
  }

  /** All at once, so that a caller mends them at once. */
  @Test
  void severalMistakesAreToldTogether() throws Exception {
    HttpResponse<String> answer =
        HandMade.request(api.port(), "GET", "/things?maxResults=0&thingTypeName=%2F").send();
    assertThat(JSON.readTree(answer.body()).path("message").asText())
        .startsWith("2 validation errors detected: ")
        .contains("'maxResults'", "; ", "'thingTypeName'");
  }

  @Test
  void membersThatTheModelDoesNotHaveAreIgnored() {
    HandMade request =
        HandMade.request(api.port(), "POST", "/effective-policies?thingName=a&new=1");
    assertThat(request.body("{\"newer\":{\"a\":[null]},\"principal\":null}").send().body())
        .doesNotContain("validation error");
  }
}
