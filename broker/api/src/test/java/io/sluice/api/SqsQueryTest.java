package io.sluice.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.time.Duration;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;

/** Forms as old SDKs and distributions' awscli send them, XML as they read it. */
class SqsQueryTest {
  private static RunningApi api;

  @BeforeAll
  static void start() {
    api = new RunningApi();
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private record Answer(int status, Document xml) {
    String at(String path) throws Exception {
      return XPathFactory.newInstance().newXPath().evaluate(path, xml);
    }
  }

  private static Answer post(String path, String form) throws Exception {
    return answer(HandMade.form(api.port(), path, form + "&Version=2012-11-05"));
  }

  private static Answer answer(HandMade request) throws Exception {
    HttpResponse<String> response = request.send();
    Document xml =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(response.body().getBytes(UTF_8)));
    return new Answer(response.statusCode(), xml);
  }

  private static String create(String name) throws Exception {
    return post("/", "Action=CreateQueue&QueueName=" + name)
        .at("/CreateQueueResponse/CreateQueueResult/QueueUrl");
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8);
  }

  @Test
  void aMessageGoesThroughAQueue() throws Exception {
    String url = create("form");
    assertThat(url).isEqualTo(api.url() + "/000000000000/form");
    String body = "a & b <c> \"d\" \u00fc + %\r\n";
    Answer sent =
        post(
            "/",
            "Action=SendMessage&QueueUrl=%s&MessageBody=%s".formatted(encoded(url), encoded(body))
                + "&MessageAttribute.1.Name=Foo&MessageAttribute.1.Value.DataType=String"
                + "&MessageAttribute.1.Value.StringValue=Bar"
                + "&MessageAttribute.2.Name=Raw&MessageAttribute.2.Value.DataType=Binary"
                + "&MessageAttribute.2.Value.BinaryValue=AP8%3D");
    assertThat(sent.at("//SendMessageResult/MD5OfMessageBody")).hasSize(32);
    assertThat(sent.at("//ResponseMetadata/RequestId")).isNotEmpty();

    Answer received =
        post(
            "/000000000000/form", // the queue's own URL, without QueueUrl in the form
            "Action=ReceiveMessage&AttributeName.1=All&MessageAttributeName.1=All");
    assertThat(received.at("//ReceiveMessageResult/Message/Body")).isEqualTo(body);
    assertThat(received.at("//Message/Attribute[Name='ApproximateReceiveCount']/Value"))
        .isEqualTo("1");
    assertThat(received.at("//Message/MessageAttribute[Name='Foo']/Value/StringValue"))
        .isEqualTo("Bar");
    assertThat(received.at("//Message/MessageAttribute[Name='Raw']/Value/BinaryValue"))
        .isEqualTo("AP8=");
    String handle = received.at("//Message/ReceiptHandle");
    assertThat(
            post(
                    "/",
                    "Action=DeleteMessage&QueueUrl=%s&ReceiptHandle=%s"
                        .formatted(encoded(url), encoded(handle)))
                .status())
        .isEqualTo(200);
  }

  @Test
  void batchesAttributesAndTagsAreFlattened() throws Exception {
    String url = encoded(create("flat&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=7"));
    assertThat(
            post("/", "Action=GetQueueAttributes&QueueUrl=" + url + "&AttributeName.1=All")
                .at("//GetQueueAttributesResult/Attribute[Name='VisibilityTimeout']/Value"))
        .isEqualTo("7");
    Answer batch =
        post(
            "/",
            "Action=SendMessageBatch&QueueUrl="
                + url
                + "&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=x"
                + "&SendMessageBatchRequestEntry.2.Id=b&SendMessageBatchRequestEntry.2.MessageBody=%01"
                + "&SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=n"
                + "&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=Number"
                + "&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=1");
    assertThat(batch.at("//SendMessageBatchResultEntry/Id")).isEqualTo("a");
    assertThat(batch.at("//SendMessageBatchResultEntry/MD5OfMessageAttributes")).hasSize(32);
    assertThat(batch.at("//BatchResultErrorEntry[Id='b']/Code"))
        .isEqualTo("InvalidMessageContents");
    post("/", "Action=TagQueue&QueueUrl=" + url + "&Tag.1.Key=k&Tag.1.Value=v");
    assertThat(
            post("/", "Action=ListQueueTags&QueueUrl=" + url)
                .at("//ListQueueTagsResult/Tag[Key='k']/Value"))
        .isEqualTo("v");
    assertThat(post("/", "Action=ListQueues&QueueNamePrefix=fla").at("//ListQueuesResult/QueueUrl"))
        .isEqualTo(api.url() + "/000000000000/flat");
  }

  @ParameterizedTest(name = "{0}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Action=GetQueueUrl&QueueName=nowhere | 400 | AWS.SimpleQueueService.NonExistentQueue | The specified queue does not exist for this wsdl version.
          Action=CreateQueue                   | 400 | MissingParameter                        | The request must contain the parameter QueueName.
          Action=MakeCoffee                    | 400 | InvalidAction                           | MakeCoffee
          Other=1                              | 400 | InvalidAction                           | no Action
          Action=CreateQueue&QueueName=%zz     | 400 | MalformedInput                          | form is malformed
          Action=CreateQueue&QueueName=q&Attribute.x.Name=a | 400 | MalformedInput             | 'x' is no index
          Action=CreateQueue&QueueName=q&Attribute.1.Value=a | 400 | MissingParameter          | Attribute.1.Name
          """)
  void errorsAreXml(String form, int status, String code, String message) throws Exception {
    Answer answer = post("/", form);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.at("/ErrorResponse/Error/Type")).isEqualTo("Sender");
    assertThat(answer.at("/ErrorResponse/Error/Code")).isEqualTo(code);
    assertThat(answer.at("/ErrorResponse/Error/Message")).contains(message);
    assertThat(answer.at("/ErrorResponse/RequestId")).isNotEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "none,MissingAuthenticationToken",
    "unknown,InvalidClientTokenId",
    "wrong,SignatureDoesNotMatch",
    "old,RequestExpired"
  })
  void signatureErrorsHaveTheirOldNames(String kind, String code) throws Exception {
    HandMade request = HandMade.form(api.port(), "/", "Action=ListQueues");
    switch (kind) {
      case "none" -> request.unsigned();
      case "unknown" -> request.key(new AccessKey("AKNOBODY", "x", AccessKey.Role.ADMIN));
      case "wrong" -> request.key(new AccessKey("AKADMIN", "x", AccessKey.Role.ADMIN));
      default -> request.clockOffset(Duration.ofMinutes(-20));
    }
    Answer answer = answer(request);
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.at("/ErrorResponse/Error/Code")).isEqualTo(code);
  }
}
