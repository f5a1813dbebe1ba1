package io.sluice.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.engine.Carrier;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a database in this process that speaks PostgreSQL's dialect. */
class JdbcClientTest {
  private static final String URL =
      "jdbc:h2:mem:readings;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_DELAY=-1";
  private static final String UPSERT =
      "MERGE INTO readings (device, t, body) KEY (device) VALUES (?, ?, ?)";

  @TempDir Path folder;
  private JdbcClient client;
  private Connection database;

  @BeforeEach
  void start() throws SQLException {
    database = DriverManager.getConnection(URL, "sa", "");
    try (Statement statement = database.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS readings");
      statement.execute(
          "CREATE TABLE readings (device VARCHAR(10) PRIMARY KEY, t DOUBLE PRECISION, body TEXT)");
    }
    client =
        new JdbcClient(
            Deliveries.credentials(
                folder,
                "plant: {url: \"%s\", user: sa, password: \"\"}\nnowhere: {url: \"jdbc:postgresql://127.0.0.1:1/none\", user: u, password: p}\n"
                    .formatted(URL)));
  }

  @AfterEach
  void stop() throws SQLException {
    client.close();
    database.close();
  }

  private static ObjectNode fields(String sql, String... parameters) {
    ObjectNode fields =
        (ObjectNode) Deliveries.json("{\"credentials\": \"plant\", \"parameters\": []}");
    fields.put("sql", sql);
    for (String parameter : parameters) {
      fields.withArray("parameters").add(parameter);
    }
    return fields;
  }

  private static Carrier.Delivery reading(String device, String t) {
    return Deliveries.of(
        "jdbc", fields(UPSERT, device, t, "$output"), "{\"d\":\"%s\"}".formatted(device));
  }

  private List<String> rows() throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = database.createStatement();
        ResultSet found = statement.executeQuery("SELECT * FROM readings ORDER BY device")) {
      while (found.next()) {
        rows.add(found.getString(1) + " " + found.getDouble(2) + " " + found.getString(3));
      }
    }
    return rows;
  }

  @Test
  void aMessageIsARowAndARepeatChangesNothing() throws SQLException {
    assertThat(client.carry(reading("a", "1.5"))).isEqualTo(Carrier.Outcome.DELIVERED);
    assertThat(client.carry(reading("a", "1.5"))).isEqualTo(Carrier.Outcome.DELIVERED);
    assertThat(rows()).containsExactly("a 1.5 {\"d\":\"a\"}");
  }

  @Test
  void manyMessagesAreOneTransaction() throws SQLException {
    List<Carrier.Delivery> all =
        IntStream.range(0, 100).mapToObj(i -> reading("d" + i, String.valueOf(i))).toList();
    assertThat(client.carry(all)).hasSize(100).containsOnly(Carrier.Outcome.DELIVERED);
    assertThat(rows()).hasSize(100);
  }

  @Test
  void aRowThatTheDatabaseRefusesKeepsNoOtherOut() throws SQLException {
    List<Carrier.Outcome> outcomes =
        client.carry(
            List.of(
                reading("a", "1"),
                reading("b", "warm"),
                reading("a name that is too long", "3"),
                reading("d", "4")));
    assertThat(outcomes.get(0)).isEqualTo(Carrier.Outcome.DELIVERED);
    assertThat(outcomes.get(1)).isInstanceOf(Carrier.Outcome.Refused.class);
    assertThat(outcomes.get(2)).isInstanceOf(Carrier.Outcome.Refused.class);
    assertThat(outcomes.get(1).toString()).contains("warm").contains("SQLSTATE 22");
    assertThat(outcomes.get(3)).isEqualTo(Carrier.Outcome.DELIVERED);
    assertThat(rows()).hasSize(2);
  }

  @Test
  void actionsThatFindTheirDatabasesByTheirRolesDoNotShareThem() {
    String second = URL.replace("readings", "second");
    try (JdbcClient byRole =
        new JdbcClient(
            Deliveries.credentials(
                folder,
                "role-a: {url: \"%s\", user: sa, password: \"\"}\nrole-b: {url: \"%s\", user: sa, password: \"\"}\n"
                    .formatted(URL, second)))) {
      for (String role : List.of("role-a", "role-b")) {
        ObjectNode fields = fields("UPDATE readings SET t = 1");
        fields.remove("credentials");
        fields.put("roleArn", role);
        Carrier.Outcome outcome = byRole.carry(Deliveries.of("jdbc", fields, "{}"));
        assertThat(outcome.equals(Carrier.Outcome.DELIVERED))
            .as("%s: only the first database has the table", role)
            .isEqualTo(role.equals("role-a"));
      }
    }
  }

  @Test
  void aPayloadIsNeverReadAsSql() throws SQLException {
    client.carry(reading("a", "1"));
    Carrier.Outcome outcome =
        client.carry(
            Deliveries.of(
                "jdbc",
                fields(
                    "UPDATE readings SET body = ? WHERE device = 'a'", "'; DROP TABLE readings --"),
                "{}"));
    assertThat(outcome).isEqualTo(Carrier.Outcome.DELIVERED);
    assertThat(rows()).containsExactly("a 1.0 '; DROP TABLE readings --");
  }

  @Test
  void aDatabaseThatIsDownIsTriedAgainLater() {
    ObjectNode down = fields("SELECT 1");
    down.put("credentials", "nowhere");
    assertThat(client.carry(Deliveries.of("jdbc", down, "{}")))
        .isInstanceOf(Carrier.Outcome.Retry.class);
  }

  @Test
  void aStatementThatIsWrongFailsForGood() {
    Carrier.Outcome outcome =
        client.carry(Deliveries.of("jdbc", fields("INSERT INTO nothing VALUES (?)", "1"), "{}"));
    assertThat(outcome).isInstanceOf(Carrier.Outcome.Refused.class);
    assertThat(outcome.toString()).contains("SQLSTATE 42");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      SELECT 1                                     | 0
      INSERT INTO a VALUES (?, ?)                  | 2
      INSERT INTO a VALUES ('?', "?", ?) -- ?      | 1
      /* ? */ SELECT ?                             | 1
      SELECT 'it''s ?', ?                          | 1
      SELECT 'open ?                               | 0
      """)
  void parametersInTextsAndCommentsAreNone(String sql, int marks) {
    assertThat(JdbcClient.marks(sql)).isEqualTo(marks);
  }

  @Test
  void whatCannotWorkIsRefusedWhenTheRuleIsMade() {
    assertThat(client.check(fields("INSERT INTO a VALUES (?)", "x"))).isEmpty();
    assertThat(client.check(fields("INSERT INTO a VALUES (?)"))).contains("1 parameters");
    assertThat(client.check(fields("INSERT INTO a VALUES (${t})"))).contains("no templates");
    assertThat(client.check(fields(" "))).contains("empty");
    JsonNode unknown = fields("SELECT 1").put("credentials", "else");
    assertThat(client.check(unknown)).contains("credentials file");
  }
}
