package io.sluice.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of authorizers that are not as AWS IoT has them. */
class AuthorizerAnswerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String POLICY =
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\",\"Resource\":\"*\"}]}";

  private static ObjectNode yes() {
    ObjectNode answer = JSON.createObjectNode();
    answer.put("isAuthenticated", true).put("principalId", "ann1");
    answer.put("refreshAfterInSeconds", 300).put("disconnectAfterInSeconds", 86_400);
    answer.putArray("policyDocuments").add(POLICY);
    return answer;
  }

  private static void unusable(ObjectNode answer, String sentence) {
    assertThatThrownBy(() -> AuthorizerAnswer.read(answer, "p"))
        .isInstanceOf(AuthorizerAnswer.Unusable.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void policiesMayBeTextOrObjectsAndTenOfThem() throws JsonProcessingException {
    ObjectNode answer = yes();
    ArrayNode documents = answer.withArray("policyDocuments");
    documents.add(JSON.readTree(POLICY));
    while (documents.size() < 10) {
      documents.add(POLICY);
    }
    assertThat(AuthorizerAnswer.read(answer, "p").grant().documents()).hasSize(10);
    documents.add(POLICY);
    unusable(answer, "more than 10");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/b", "ann 1", "../x", "a\nb", "ann*", "é"})
  void aPrincipalOfOtherThanLettersAndDigitsIsNone(String principal) {
    unusable(yes().put("principalId", principal), "principalId");
  }

  @Test
  void aPrincipalOfMoreThan128CharactersIsNone() {
    unusable(yes().put("principalId", "a".repeat(129)), "principalId");
    assertThat(AuthorizerAnswer.read(yes().put("principalId", "a".repeat(128)), "p").principalId())
        .hasSize(128);
  }

  @ParameterizedTest(name = "{0} = {1}")
  @CsvSource({
    "refreshAfterInSeconds, 299",
    "refreshAfterInSeconds, 86401",
    "disconnectAfterInSeconds, 0",
    "disconnectAfterInSeconds, -1",
    "disconnectAfterInSeconds, 99999999999",
    "disconnectAfterInSeconds, 300.5",
    "disconnectAfterInSeconds, '\"300\"'"
  })
  void timesOutOfRangeAreNotClamped(String field, String value) throws JsonProcessingException {
    ObjectNode answer = yes();
    answer.set(field, JSON.readTree(value));
    unusable(answer, field);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"yes\"", "1", "null", "[true]"})
  void authenticatedIsTrueOrFalseAndNothingElse(String value) throws JsonProcessingException {
    ObjectNode answer = yes();
    answer.set("isAuthenticated", JSON.readTree(value));
    unusable(answer, "isAuthenticated");
  }

  @Test
  void aPolicyThatIsMalformedOrTooLongRefusesAllOfIt() {
    ObjectNode malformed = yes();
    malformed.withArray("policyDocuments").add("{\"Version\":\"2012-10-17\",\"Statement\":7}");
    unusable(malformed, "policy 2 is malformed");
    ObjectNode longer = yes();
    longer.withArray("policyDocuments").add("\"" + "x".repeat(2_048) + "\"");
    unusable(longer, "2048");
    ObjectNode notAList = yes();
    notAList.put("policyDocuments", POLICY);
    assertThat(AuthorizerAnswer.read(notAList, "p").grant().isEmpty())
        .as("and what no policy allows is denied")
        .isTrue();
  }
}
