package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code POST /sluice/rules/test}: a rule tried, with nothing done. */
class RuleTrialTest {
  private final RunningApi api = new RunningApi();

  @AfterEach
  void close() {
    api.close();
  }

  private HttpResponse<String> test(String body) {
    return HandMade.request(api.port(), "POST", "/sluice/rules/test")
        .header("Content-Type", "application/json")
        .body(body)
        .send();
  }

  @Test
  void aDraftAnswersItsOutputAndItsActions() {
    assertThat(
            test("{\"rule\":{\"sql\":\"SELECT a FROM 't/+' WHERE a >"
                    + " 1\",\"actions\":[{\"sqs\":{\"queueUrl\":"
                    + "\"http://h/1/q-${topic(2)}\"}}]},\"topic\":\"t/x\",\"payload\":{\"a\":2.50}}")
                .body())
        .contains("\"fires\":true", "\"output\":{\"a\":2.5", "\"queue\":\"q-x\"", "\"holds\":true");
  }

  @Test
  void whatIsUndefinedIsNamedWithItsPlace() {
    assertThat(
            test("{\"rule\":{\"sql\":\"SELECT a FROM 't' WHERE b.c >"
                    + " 1\"},\"topic\":\"t\",\"payload\":\"{}\"}")
                .body())
        .contains("\"fires\":false", "\"value\":\"Undefined\"", "\"column\":25", "\"text\":\"b\"");
  }

  @Test
  void mistakesAreTheCallersWithTheirPlace() {
    HttpResponse<String> refused =
        test("{\"rule\":{\"sql\":\"SELECT a b FROM 't'\"},\"topic\":\"t\"}");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("line 1, column 10");
    assertThat(test("{\"topic\":\"t\"}").statusCode()).isEqualTo(400);
    assertThat(test("{\"ruleName\":\"nope\",\"topic\":\"t\"}").body()).contains("does not exist");
    assertThat(test("{\"rule\":{\"sql\":\"SELECT a FROM 't'\"},\"topic\":\"#\"}").statusCode())
        .isEqualTo(400);
  }
}
