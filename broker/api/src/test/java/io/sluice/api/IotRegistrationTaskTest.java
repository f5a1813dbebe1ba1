package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.DescribeThingRegistrationTaskResponse;
import software.amazon.awssdk.services.iot.model.InvalidRequestException;
import software.amazon.awssdk.services.iot.model.ReportType;
import software.amazon.awssdk.services.iot.model.Status;

/** A file of parameters becomes things, line by line. */
class IotRegistrationTaskTest {
  private static final String TEMPLATE =
      """
      {"Parameters":{"Name":{"Type":"String"},"Model":{"Type":"String","Default":"X"}},
       "Resources":{"thing":{"Type":"AWS::IoT::Thing","Properties":{
         "ThingName":{"Ref":"Name"},"AttributePayload":{"model":{"Ref":"Model"}}}}}}
      """;
  private static final String ROLE = "arn:aws:iam::000000000000:role/any";

  private RunningApi api;
  private IotClient iot;

  @BeforeEach
  void start() throws Exception {
    api = new RunningApi();
    iot = api.client(IotClient.builder());
  }

  @AfterEach
  void stop() {
    iot.close();
    api.close();
  }

  private String task(List<String> lines) throws Exception {
    Path folder = Files.createDirectories(api.inputs().resolve("factory/day-1"));
    Files.write(folder.resolve("things.json"), lines);
    return iot.startThingRegistrationTask(
            r ->
                r.templateBody(TEMPLATE)
                    .inputFileBucket("factory")
                    .inputFileKey("day-1/things.json")
                    .roleArn(ROLE))
        .taskId();
  }

  private DescribeThingRegistrationTaskResponse ended(String task) {
    return await()
        .until(
            () -> iot.describeThingRegistrationTask(r -> r.taskId(task)),
            found -> found.status() != Status.IN_PROGRESS);
  }

  private List<String> report(String task, ReportType type) throws Exception {
    List<String> links =
        iot.listThingRegistrationTaskReports(r -> r.taskId(task).reportType(type)).resourceLinks();
    return links.isEmpty() ? List.of() : Files.readAllLines(Path.of(URI.create(links.get(0))));
  }

  @Test
  void everyLineBecomesAThingAndWhatFailsIsReported() throws Exception {
    Stream<String> good =
        IntStream.rangeClosed(1, 150).mapToObj("{\"Name\":\"pump-%d\",\"Model\":\"Y\"}"::formatted);
    Stream<String> bad = Stream.of("", "no json", "{\"Model\":\"Z\"}", "{\"Name\":7}", "[]");
    String task = task(Stream.concat(good, bad).toList());

    DescribeThingRegistrationTaskResponse found = ended(task);

    assertThat(found.status()).as(found.message()).isEqualTo(Status.COMPLETED);
    assertThat(found.successCount()).isEqualTo(150);
    assertThat(found.failureCount()).as("an empty line is none").isEqualTo(4);
    assertThat(found.percentageProgress()).isEqualTo(100);
    assertThat(iot.describeThing(r -> r.thingName("pump-150")).attributes())
        .containsEntry("model", "Y");
    assertThat(report(task, ReportType.RESULTS)).hasSize(150);
    assertThat(report(task, ReportType.ERRORS))
        .hasSize(4)
        .anySatisfy(line -> assertThat(line).contains("\"lineNumber\":152", "no JSON object"));
    assertThat(iot.listThingRegistrationTasks(r -> r.status(Status.COMPLETED)).taskIds())
        .containsExactly(task);
  }

  @Test
  void theSameFileAgainChangesNothing() throws Exception {
    List<String> lines = List.of("{\"Name\":\"a\"}", "{\"Name\":\"b\"}");
    ended(task(lines));
    DescribeThingRegistrationTaskResponse again = ended(task(lines));
    assertThat(again.successCount()).isEqualTo(2);
    assertThat(iot.describeThing(r -> r.thingName("a")).version()).isEqualTo(1);
  }

  @ParameterizedTest(name = "{0} in {1}")
  @CsvSource({"none.json, factory", "../../etc/passwd, factory", "passwd, /etc", "x, ..", "'', ''"})
  void aFileThatIsNotThereOrNotOursIsRefusedAtOnce(String key, String bucket) {
    assertThatThrownBy(
            () ->
                iot.startThingRegistrationTask(
                    r ->
                        r.templateBody(TEMPLATE)
                            .inputFileBucket(bucket)
                            .inputFileKey(key)
                            .roleArn(ROLE)))
        .isInstanceOf(InvalidRequestException.class);
    assertThat(iot.listThingRegistrationTasks(r -> {}).taskIds()).isEmpty();
  }

  @Test
  void aTaskThatHasEndedCannotBeStopped() throws Exception {
    String task = task(List.of("{\"Name\":\"a\"}"));
    ended(task);
    assertThatThrownBy(() -> iot.stopThingRegistrationTask(r -> r.taskId(task)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("Completed");
  }

  @Test
  void anAddressThatDoesNotAnswerFailsTheTaskWithASentence() {
    String task =
        iot.startThingRegistrationTask(
                r ->
                    r.templateBody(TEMPLATE)
                        .inputFileBucket("http://127.0.0.1:1")
                        .inputFileKey("things.json")
                        .roleArn(ROLE))
            .taskId();
    DescribeThingRegistrationTaskResponse found = ended(task);
    assertThat(found.status()).isEqualTo(Status.FAILED);
    assertThat(found.message()).contains("http://127.0.0.1:1/things.json cannot be asked");
  }
}
