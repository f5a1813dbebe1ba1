package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.message.TopicName;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** AWS IoT Developer Guide, "Substitution templates". */
class TemplateTest {
  private static final EvaluationContext WORLD =
      new EvaluationContext("0", 1_704_067_200_000L, new SplittableRandom(1), Lookups.NONE);

  private static MessageView message() {
    String payload = "{\"sev\":3,\"id\":\"x}\",\"o\":{\"k\":[1,2]},\"n\":null,\"f\":1.50}";
    return new MessageView(
        TopicName.of("fleet/u7/stat"),
        payload.getBytes(StandardCharsets.UTF_8),
        MessageContext.UNKNOWN);
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          fixed/text                                       | fixed/text
          dev/${topic(2)}/${id}                            | dev/u7/x}
          ${sev}                                           | 3
          $$aws/things/${topic(2)}/shadow/update           | $$aws/things/u7/shadow/update
          raw/${parse_time('yyyy/MM/dd', timestamp())}     | raw/2024/01/01
          ${o}                                             | {"k":[1,2]}
          ${get({'a}': sev}, 'a}')}-${'}'}                 | 3-}
          ${(SELECT VALUE k FROM o)}                       | [1,2]
          ${f}                                             | 1.50
          $ {sev} ${ sev } $                               | $ {sev} 3 $
          """)
  void isFilledFromThePayload(String template, String filled) {
    assertThat(
            Template.compile(template, SqlVersion.V2016_03_23)
                .fill(message(), WORLD, Variables.NONE))
        .isEqualTo(new Template.Filled.Complete(filled));
  }

  @Test
  void aValueThatIsNotThereFailsTheAction() {
    assertThat(
            Template.compile("a/${nope}", SqlVersion.V2016_03_23)
                .fill(message(), WORLD, Variables.NONE))
        .isEqualTo(new Template.Filled.Missing("${nope}", "it is Undefined"));
    assertThat(
            Template.compile("a/${n}", SqlVersion.V2016_03_23)
                .fill(message(), WORLD, Variables.NONE))
        .isEqualTo(new Template.Filled.Missing("${n}", "it is Null"));
  }

  @Test
  void seesThePayloadAndVariablesButNoAliases() {
    CompiledRule rule =
        RuleSql.compile(
            "SET @d = sev * 2, @u = newuuid() SELECT sev AS level, @u AS u FROM 'fleet/#'",
            SqlVersion.V2016_03_23);
    Evaluation.Fired fired = (Evaluation.Fired) rule.evaluate(message(), WORLD);
    assertThat(rule.template("${sev}/${@d}").fill(message(), WORLD, fired.variables()))
        .isEqualTo(new Template.Filled.Complete("3/6"));
    assertThat(rule.template("${level}").fill(message(), WORLD, fired.variables()))
        .isInstanceOf(Template.Filled.Missing.class);
    Template.Filled.Complete uuid =
        (Template.Filled.Complete) rule.template("${@u}").fill(message(), WORLD, fired.variables());
    assertThat(new String(fired.bytes(), StandardCharsets.UTF_8))
        .as("computed once")
        .contains(uuid.text());
  }

  @Test
  void asksForAQueryThatSelectDidNotAskFor() {
    CompiledRule rule =
        RuleSql.compile(
            "SET @q = (SELECT VALUE k FROM o) SELECT sev FROM 'fleet/#'", SqlVersion.V2016_03_23);
    Evaluation.Fired fired = (Evaluation.Fired) rule.evaluate(message(), WORLD);
    assertThat(rule.template("${get(@q, 1)}").fill(message(), WORLD, fired.variables()))
        .isEqualTo(new Template.Filled.Complete("2"));
  }

  @Test
  void mistakesHaveTheirPlaceInTheTemplate() {
    assertThatThrownBy(() -> Template.compile("a/b/${ topic(2 }", SqlVersion.V2016_03_23))
        .hasMessage("line 1, column 16: found the end of the statement, expected ')'.");
    assertThatThrownBy(() -> Template.compile("a/${b", SqlVersion.V2016_03_23))
        .hasMessageContaining("column 3")
        .hasMessageContaining("'}'");
    assertThatThrownBy(() -> Template.compile("${}", SqlVersion.V2016_03_23))
        .isInstanceOf(SqlRejected.class);
    assertThatThrownBy(
            () ->
                Template.compile(
                    "${decode(*, 'proto', 'b', 'k', 'p', 'M')}", SqlVersion.V2016_03_23))
        .isInstanceOfSatisfying(
            SqlRejected.class,
            r -> assertThat(r.code()).isEqualTo(SqlRejected.Code.NOT_ALLOWED_HERE));
    assertThatThrownBy(() -> Template.compile("${@v}", SqlVersion.V2016_03_23))
        .isInstanceOfSatisfying(
            SqlRejected.class,
            r -> assertThat(r.code()).isEqualTo(SqlRejected.Code.VARIABLE_UNKNOWN));
  }
}
