package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a caller did wrong, or that we cannot serve it now; becomes the error of the caller's
 * protocol. Costs no stack trace.
 */
final class ApiError extends RuntimeException {
  private final String name;
  private final int status;
  private final String text;
  private final @Nullable String queryCode;
  private final transient Map<String, JsonNode> members;

  private ApiError(
      String name,
      int status,
      String text,
      @Nullable String queryCode,
      Map<String, JsonNode> members) {
    super(text, null, false, false);
    this.name = name;
    this.status = status;
    this.text = text;
    this.queryCode = queryCode;
    this.members = Map.copyOf(members);
  }

  /** An error shape's name, its HTTP status, and the sentence for people. */
  static ApiError of(String name, int status, String text) {
    return new ApiError(name, status, text, null, Map.of());
  }

  /** The same with the code that the query protocol and older programs know. */
  ApiError withQueryCode(String code) {
    return new ApiError(name, status, text, code, members);
  }

  /** The same with one more member beside the message. */
  ApiError with(String member, JsonNode value) {
    Map<String, JsonNode> more = new java.util.HashMap<>(members);
    more.put(member, value);
    return new ApiError(name, status, text, queryCode, more);
  }

  /** The error shape's name, which SDKs turn into an exception class. */
  String name() {
    return name;
  }

  int status() {
    return status;
  }

  String text() {
    return text;
  }

  /** The code in the query protocol; the name itself when it has no other. */
  String queryCode() {
    return queryCode == null ? name : queryCode;
  }

  /** Whether the caller is at fault; else we are. */
  boolean isSender() {
    return status < 500;
  }

  /** Members of the error shape besides its message. */
  Map<String, JsonNode> members() {
    return members;
  }
}
