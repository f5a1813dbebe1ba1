package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every operation of AWS IoT is either there, or says by name that it is not and what is. */
class UnsupportedOperationsTest {
  private static RunningApi api;
  private static Set<String> supported;

  @BeforeAll
  static void start() throws Exception {
    api = new RunningApi();
    supported =
        api.operations()
            .filter(operation -> operation.supported() && isIot(operation.family()))
            .map(Operation::name)
            .collect(Collectors.toSet());
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static boolean isIot(Family family) {
    return family == Family.IOT || family == Family.IOT_DATA;
  }

  static List<IotModel.Line> operations() {
    return IotModel.operations();
  }

  /** Those of the devices' port are asked there, by MutualTlsTest. */
  static List<IotModel.Line> onThePlainPort() {
    return operations().stream().filter(one -> one.plane() != IotModel.Plane.DEVICES).toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("onThePlainPort")
  void isThereOrSaysWhatToUseInstead(IotModel.Line operation) throws Exception {
    if (supported.contains(operation.name())) {
      return; // ConformancePageTest and the tests of its room have it
    }
    String path = operation.path().replaceAll("\\{[^}]+\\+}", "a/b").replaceAll("\\{[^}]+}", "x1");
    HandMade request = HandMade.request(api.port(), operation.method(), path);
    HttpResponse<String> answer =
        (operation.method().matches("P.*") ? request.body("{}") : request).send();
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("x-amzn-errortype"))
        .contains("UnsupportedOperationException");
    assertThat(answer.headers().firstValue("content-type").orElse(""))
        .startsWith("application/json");
    assertThat(new ObjectMapper().readTree(answer.body()).path("message").asText())
        .startsWith(operation.name() + " is not supported by this gateway; ")
        .endsWith(IotModel.alternatives().get(operation.name()));
  }

  /** As SDKs send some of them. */
  @ParameterizedTest
  @ValueSource(strings = {"/certificate-providers/", "/role-aliases/"})
  void aSlashAtTheEndChangesNothing(String path) {
    HttpResponse<String> answer = HandMade.request(api.port(), "GET", path).send();
    assertThat(answer.headers().firstValue("x-amzn-errortype"))
        .contains("UnsupportedOperationException");
  }

  @Test
  void whatToUseInsteadIsSaidOfAllThatIsNotThereAndOfNothingElse() {
    Set<String> missing = new HashSet<>();
    operations().stream()
        .map(IotModel.Line::name)
        .filter(name -> !supported.contains(name))
        .forEach(missing::add);
    Map<String, String> alternatives = IotModel.alternatives();
    assertThat(alternatives.keySet()).isEqualTo(missing);
    assertThat(alternatives.values()).noneMatch(String::isBlank);
  }
}
