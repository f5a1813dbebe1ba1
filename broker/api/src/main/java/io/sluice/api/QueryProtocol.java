package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The query protocol of SQS: a form with an {@code Action} goes in, XML comes out. Old SDKs and
 * distributions' {@code awscli} speak it. {@link QueryForm} makes the form into the same input that
 * JSON has.
 */
record QueryProtocol() implements Protocol {
  private static final String NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/";

  /** The element that each item of a list, or entry of a map, becomes; lists are flattened. */
  private static final Map<String, String> ITEMS =
      Map.ofEntries(
          Map.entry("QueueUrls", "QueueUrl"),
          Map.entry("queueUrls", "QueueUrl"),
          Map.entry("Messages", "Message"),
          Map.entry("Attributes", "Attribute"),
          Map.entry("MessageAttributes", "MessageAttribute"),
          Map.entry("Tags", "Tag"),
          Map.entry("Failed", "BatchResultErrorEntry"),
          Map.entry("Results", "ListMessageMoveTasksResultEntry"));

  @Override
  public Family family() {
    return Family.SQS;
  }

  @Override
  public HttpResponse success(String operation, Reply reply, String requestId) {
    String name = operation;
    StringBuilder xml = new StringBuilder(512);
    xml.append("<?xml version=\"1.0\"?><")
        .append(name)
        .append("Response xmlns=\"")
        .append(NAMESPACE)
        .append("\">");
    JsonNode tree = reply.tree();
    if (tree != null) {
      xml.append('<').append(name).append("Result>");
      members(xml, name, tree);
      xml.append("</").append(name).append("Result>");
    }
    xml.append("<ResponseMetadata>");
    element(xml, "RequestId", requestId);
    xml.append("</ResponseMetadata></").append(name).append("Response>");
    return respond(200, requestId, xml);
  }

  @Override
  public HttpResponse failure(ApiError error, String requestId) {
    String text =
        error.queryCode().equals("AWS.SimpleQueueService.NonExistentQueue")
            ? error.text().replaceFirst("\\.$", " for this wsdl version.")
            : error.text();
    StringBuilder xml = new StringBuilder(512);
    xml.append("<?xml version=\"1.0\"?><ErrorResponse xmlns=\"")
        .append(NAMESPACE)
        .append("\"><Error>");
    element(xml, "Type", error.isSender() ? "Sender" : "Receiver");
    element(xml, "Code", error.queryCode());
    element(xml, "Message", text);
    xml.append("<Detail/></Error>");
    element(xml, "RequestId", requestId);
    xml.append("</ErrorResponse>");
    return respond(error.status(), requestId, xml);
  }

  private static void members(StringBuilder xml, String operation, JsonNode object) {
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      String name = member.getKey();
      JsonNode value = member.getValue();
      if (value.isArray()) {
        String item =
            name.equals("Successful") ? operation + "ResultEntry" : ITEMS.getOrDefault(name, name);
        value.forEach(each -> value(xml, operation, item, each));
      } else if (value.isObject() && ITEMS.containsKey(name)) {
        map(xml, operation, ITEMS.getOrDefault(name, name), value);
      } else {
        value(xml, operation, name, value);
      }
    }
  }

  private static void map(StringBuilder xml, String operation, String item, JsonNode entries) {
    String key = item.equals("Tag") ? "Key" : "Name";
    for (Map.Entry<String, JsonNode> entry : entries.properties()) {
      xml.append('<').append(item).append('>');
      element(xml, key, entry.getKey());
      value(xml, operation, "Value", entry.getValue());
      xml.append("</").append(item).append('>');
    }
  }

  private static void value(StringBuilder xml, String operation, String name, JsonNode value) {
    if (value.isObject()) {
      xml.append('<').append(name).append('>');
      members(xml, operation, value);
      xml.append("</").append(name).append('>');
    } else {
      element(xml, name, value.asText()); // binary nodes become base64
    }
  }

  private static void element(StringBuilder xml, String name, String text) {
    xml.append('<').append(name).append('>');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> xml.append("&amp;");
        case '<' -> xml.append("&lt;");
        case '>' -> xml.append("&gt;");
        case '"' -> xml.append("&quot;");
        case '\r' -> xml.append("&#xD;"); // else parsers read a line feed
        default -> xml.append(c);
      }
    }
    xml.append("</").append(name).append('>');
  }

  private static HttpResponse respond(int status, String requestId, StringBuilder xml) {
    ResponseHeadersBuilder headers =
        ResponseHeaders.builder(HttpStatus.valueOf(status))
            .set("content-type", "text/xml")
            .set("x-amzn-requestid", requestId);
    return HttpResponse.of(
        headers.build(), HttpData.wrap(xml.toString().getBytes(StandardCharsets.UTF_8)));
  }
}
