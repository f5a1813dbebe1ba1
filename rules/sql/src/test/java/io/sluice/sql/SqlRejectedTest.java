package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an author reads who made a mistake. */
class SqlRejectedTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          SELECT a b FROM 'x'                      | line 1, column 10: found 'b', expected an operator, ',', AS, FROM, WHERE or the end of the statement. A second name needs AS.
          SELECT a FROM x                          | line 1, column 15: found 'x', expected a string. FROM takes one topic filter in quotes: FROM 'a/+/b'.
          SELECT a FROM 'x' WHERE a != 1           | line 1, column 27: found '!', expected a word of the statement. Not equal is written <>.
          SELECT a FROM 'x' WHERE a LIKE 'b'       | line 1, column 27: found 'LIKE', expected an operator or the end of the statement. The dialect has regexp_matches(text, pattern), startswith and endswith; LIKE is in version sluice-1.
          SELECT a FROM 'x' ORDER BY a             | line 1, column 19: found 'ORDER', expected WHERE or the end of the statement. The dialect looks at one message: it has no GROUP BY, ORDER BY, HAVING, LIMIT or JOIN.
          SELECT uper(a) FROM 'x'                  | line 1, column 8: found 'uper(', expected the name of a function. Did you mean upper?
          SELECT mod(a) FROM 'x'                   | line 1, column 8: found 1 in 'mod(a)', expected 2 arguments.
          SELECT a[0] FROM 'x'                     | line 1, column 9: found '[', expected an operator, ',' or a keyword. Array elements are reached by get(array, index).
          SELECT a.0 FROM 'x'                      | line 1, column 10: found '0', expected a name. Keys that are no names are reached by get(object, "key").
          SELECT a + FROM 'x'                      | line 1, column 12: found 'FROM', expected an expression. A key with a keyword's name is reached by get(*, "FROM").
          SELECT {k: 1} FROM 'x'                   | line 1, column 9: found 'k', expected a string. Keys of an object literal are quoted.
          SELECT (a FROM 'x'                       | line 1, column 11: found 'FROM', expected ')'.
          SELECT * + 1 AS b FROM 'x'               | line 1, column 8: found '*', expected an expression. '*' stands alone as an item or an argument.
          SELECT a + 1 FROM 'x'                    | line 1, column 8: found 'a + 1', expected AS and a name behind it. Only attributes, variables and functions bring a name along.
          SELECT @x FROM 'x'                       | line 1, column 8: found '@x', expected a variable that SET assigns. SET assigns variables before SELECT, each before its use.
          SELECT 1st FROM 'x'                      | line 1, column 8: found '1st', expected a number or a name. A name that begins with a digit is reached by get(object, "name").
          SELECT a FROM 'x' WHERE b IS NULL        | line 1, column 27: found 'IS', expected an operator or the end of the statement. Write isNull(x) or isUndefined(x).
          SELECT CASE a WHEN 1 THEN 2 FROM 'x'     | line 1, column 29: found 'FROM', expected END.
          """)
  void saysWhereWhatAndWhatToDo(String sql, String message) {
    assertThatThrownBy(() -> RuleSql.compile(sql.strip(), SqlVersion.V2016_03_23))
        .isInstanceOf(SqlRejected.class)
        .hasMessage(message);
  }

  @Test
  void countsLinesAndCharacters() {
    SqlRejected rejected =
        catchThrowableOfType(
            SqlRejected.class,
            () ->
                RuleSql.compile(
                    "SELECT *\nFROM 'a/b'\n  WHERE '😀' = ) 1", SqlVersion.V2016_03_23));
    assertThat(rejected.line()).isEqualTo(3);
    assertThat(rejected.column()).isEqualTo(15);
    assertThat(rejected.found()).isEqualTo("')'");
    assertThat(rejected.code()).isEqualTo(SqlRejected.Code.SYNTAX);
  }

  @Test
  void refusesWhatIsNestedTooDeep() {
    for (String[] pair :
        new String[][] {
          {"(", ")"},
          {"abs(", ")"},
          {"[", "]"},
          {"NOT ", ""},
          {"- ", ""},
          {"CASE a WHEN 1 THEN ", " END"},
          {"(SELECT a FROM ", ")"}
        }) {
      String sql = "SELECT a FROM 'x' WHERE " + pair[0].repeat(5_000) + "a" + pair[1].repeat(5_000);
      assertThatThrownBy(() -> RuleSql.compile(sql, SqlVersion.V2016_03_23))
          .as(pair[0])
          .isInstanceOfSatisfying(
              SqlRejected.class,
              r -> assertThat(r.code()).isEqualTo(SqlRejected.Code.NESTED_TOO_DEEP));
    }
  }

  @Test
  void takesLongChains() {
    for (String operator : new String[] {" AND ", " OR ", " + ", " * ", " = "}) {
      String sql = "SELECT a FROM 'x' WHERE " + "a".concat(operator).repeat(10_000) + "a";
      assertThat(RuleSql.compile(sql, SqlVersion.V2016_03_23).sql()).isEqualTo(sql);
    }
  }

  @Test
  void refusesStatementsThatNoRuleMayHave() {
    String sql = "SELECT a FROM 'x' WHERE a = '" + "y".repeat(Parser.TEXT_MAX) + "'";
    assertThatThrownBy(() -> RuleSql.compile(sql, SqlVersion.V2016_03_23))
        .isInstanceOfSatisfying(
            SqlRejected.class, r -> assertThat(r.code()).isEqualTo(SqlRejected.Code.TOO_LONG));
  }
}
