package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.TopicName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Functions that ask others, with everybody at home. */
class LookupsTest {
  /** Answers, and notes what it was asked. */
  private static final class Answering implements Lookups {
    private final List<String> asked = new ArrayList<>();

    @Override
    public byte[] invoke(String functionArn, byte[] json) {
      asked.add("invoke " + functionArn + " " + utf8(json));
      return utf8("{\"reply\":[1,2]}");
    }

    @Override
    public byte[] item(String table, List<ItemKey> keys) {
      keys.forEach(key -> asked.add("item " + table + " " + key.name() + "=" + utf8(key.value())));
      return utf8("{\"owner\":\"ann\"}");
    }

    @Override
    public String secretString(String id) {
      return id.equals("plain") ? "s3cret" : "{\"user\":\"u\",\"port\":5}";
    }

    @Override
    public byte[] secretBinary(String id) {
      return utf8("Hi");
    }

    @Override
    public byte[] predict(String model, byte[] record) {
      return utf8("{\"predictedLabel\":\"" + model + "\"}");
    }

    @Override
    public byte[] decodeProto(
        byte[] data, String bucket, String objectKey, String protoName, String messageType) {
      asked.add(
          "proto "
              + utf8(data)
              + " "
              + bucket
              + " "
              + objectKey
              + " "
              + protoName
              + " "
              + messageType);
      return data.length == 2 ? utf8("{\"v\":1}") : utf8("no json");
    }

    private static byte[] utf8(String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String utf8(byte[] bytes) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private final Answering lookups = new Answering();

  private Evaluation evaluate(String expression, String payload) {
    CompiledRule rule =
        RuleSql.compile("SELECT VALUE " + expression + " FROM '#'", SqlVersion.V2016_03_23);
    assertThat(rule.callsOut()).isTrue();
    return rule.evaluate(
        new MessageView(
            TopicName.of("t"), payload.getBytes(StandardCharsets.UTF_8), MessageContext.UNKNOWN),
        new EvaluationContext("0", 0, new SplittableRandom(1), lookups));
  }

  @ParameterizedTest(name = "{0} -> {1}, asking {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          get(aws_lambda('arn:f', {'x': a}).reply, 1)                   | 2                       | invoke arn:f {"x":7}
          get_dynamodb('t', 'id', a, 'r').owner                         | "ann"                   | item t id=7
          get_dynamodb('t', 'id', 'k', 'at', 5, 'r').owner              | "ann"                   | item t id="k"
          get_secret('json', 'SecretString', 'port', 'r')               | 5                       |
          get_secret('json', 'SecretString', 'r').user                  | "u"                     |
          get_secret('plain', 'SecretString', 'r')                      | "s3cret"                |
          get_secret('x', 'SecretBinary', 'r')                          | "SGk="                  |
          machinelearning_predict('m', 'r', *)                          | {"predictedLabel":"m"}  |
          decode('SGk=', 'proto', 'b', 'k.desc', 'p', 'M').v            | 1                       | proto Hi b k.desc p M
          """)
  void answer(String expression, String output, String asked) {
    assertThat(
            new String(
                ((Evaluation.Json) evaluate(expression, "{\"a\":7}")).bytes(),
                StandardCharsets.UTF_8))
        .isEqualTo(output);
    if (asked != null) {
      assertThat(lookups.asked).contains(asked);
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          get_secret('plain', 'SecretString', 'user', 'r')      | is no JSON object
          get_secret('json', 'SecretString', 'none', 'r')       | does not have the key
          get_secret('x', 'SecretBinary', 'k', 'r')             | has no keys
          decode('SGlp', 'proto', 'b', 'k', 'p', 'M')           | the answer is not JSON
          decode('%', 'proto', 'b', 'k', 'p', 'M')              | neither the whole payload nor base64
          """)
  void failureStopsTheRule(String expression, String reason) {
    assertThat(evaluate(expression, "{}"))
        .isInstanceOfSatisfying(
            Evaluation.Failed.class,
            failed -> {
              assertThat(failed.code()).isEqualTo(Evaluation.Failed.Code.LOOKUP_FAILED);
              assertThat(failed.reason()).contains(reason).doesNotContain("s3cret");
            });
    assertThat(evaluate("get_or_default(" + expression + ", 0)", "{}"))
        .isInstanceOf(Evaluation.Json.class);
  }

  @Test
  void anArgumentWithoutValueAsksNobody() {
    assertThat(evaluate("aws_lambda('arn:f', nope)", "{}")).isInstanceOf(Evaluation.Empty.class);
    assertThat(lookups.asked).isEmpty();
  }

  @Test
  void decodesTheWholeBinaryPayload() {
    CompiledRule rule =
        RuleSql.compile(
            "SELECT VALUE decode(*, 'proto', 'b', 'k', 'p', 'M').v FROM '#'",
            SqlVersion.V2016_03_23);
    Evaluation evaluation =
        rule.evaluate(
            new MessageView(TopicName.of("t"), new byte[] {8, 1}, MessageContext.UNKNOWN),
            new EvaluationContext("0", 0, new SplittableRandom(1), lookups));
    assertThat(((Evaluation.Json) evaluation).bytes()).isEqualTo(new byte[] {'1'});
  }
}
