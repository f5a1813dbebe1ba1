package io.sluice.identity;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A policy document, parsed and checked: a version and statements, each with effect, actions,
 * resources and conditions. A value that exists is valid. Source: AWS IoT Developer Guide, "AWS IoT
 * Core policies"; IAM User Guide, "IAM JSON policy elements reference".
 */
public final class PolicyDocument {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** As in the AWS IoT API Reference; how much of it may be other than white space is a limit. */
  private static final int WIRE_MAX = 404_600;

  /** Which language the document is written in. */
  enum Version {
    /** Also what a document without a version is: {@code ${...}} are ordinary characters. */
    V2008("2008-10-17"),
    /** With variables. */
    V2012("2012-10-17");

    private final String text;

    Version(String text) {
      this.text = text;
    }
  }

  private final List<Statement> statements;

  private PolicyDocument(List<Statement> statements) {
    this.statements = List.copyOf(statements);
  }

  List<Statement> statements() {
    return statements;
  }

  /**
   * Parses a document.
   *
   * @throws MalformedPolicyException naming the statement and the key, what was found there, and
   *     what belongs there
   */
  public static PolicyDocument parse(String json) {
    if (json.length() > WIRE_MAX) {
      throw new MalformedPolicyException(
          "policy has %d characters, white space counted, at most %d may be; split it into several policies"
              .formatted(json.length(), WIRE_MAX));
    }
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (StreamConstraintsException bound) { // tells no place
      throw new MalformedPolicyException(
          "policy is no JSON that anybody would write: nested too deep, or with too long a number; write statements with lists of texts");
    } catch (JsonProcessingException e) {
      JsonLocation place = e.getLocation();
      throw new MalformedPolicyException(
          "policy is no JSON: %s at line %d, column %d; check quotes, commas and brackets there"
              .formatted(
                  Names.shown(
                      e.getOriginalMessage().replaceAll(" \\(start marker at .*", "")), // twice
                  place == null ? 1 : place.getLineNr(),
                  place == null ? 1 : place.getColumnNr()));
    }
    if (!root.isObject()) {
      throw new MalformedPolicyException(
          "policy is %s where an object was expected; begin with {\"Version\":\"2012-10-17\",\"Statement\":["
              .formatted(kind(root)));
    }
    Version version = Version.V2008;
    List<Statement> statements = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      switch (field.getKey()) {
        case "Version" -> version = version(field.getValue());
        case "Id", "Statement" -> {} // Id is a comment; statements need the version first
        default ->
            throw new MalformedPolicyException(
                "policy has the key '%s', which is none of Version, Id, Statement; remove it"
                    .formatted(Names.shown(field.getKey())));
      }
    }
    JsonNode list = root.path("Statement");
    if (list.isObject()) {
      statements.add(statement(list, 1, version));
    } else if (list.isArray() && !list.isEmpty()) {
      for (JsonNode statement : list) {
        statements.add(statement(statement, statements.size() + 1, version));
      }
    } else {
      throw new MalformedPolicyException(
          "policy key 'Statement' is %s where one statement or a list of them was expected; add {\"Effect\":\"Allow\",...}"
              .formatted(kind(list)));
    }
    return new PolicyDocument(statements);
  }

  private static Version version(JsonNode node) {
    for (Version version : Version.values()) {
      if (version.text.equals(node.asText())) {
        return version;
      }
    }
    throw new MalformedPolicyException(
        "policy key 'Version' is '%s'; write \"2012-10-17\", which is the language's version and not the policy's"
            .formatted(Names.shown(node.asText())));
  }

  private static Statement statement(JsonNode node, int position, Version version) {
    StatementParser parser = new StatementParser(position, version);
    if (!node.isObject()) {
      throw parser.malformed("", "is %s where an object was expected".formatted(kind(node)));
    }
    return parser.parse(node);
  }

  static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case MISSING -> "missing";
      case ARRAY -> node.isEmpty() ? "an empty list" : "a list";
      case OBJECT -> "an object";
      case STRING -> node.asText().isEmpty() ? "an empty string" : "a string";
      case NUMBER -> "a number";
      case BOOLEAN -> "a boolean";
      default -> "null";
    };
  }
}
