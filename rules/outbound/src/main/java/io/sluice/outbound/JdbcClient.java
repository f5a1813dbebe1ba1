package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.sluice.engine.Carrier;
import java.nio.charset.StandardCharsets;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.sql.Savepoint;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The {@code jdbc} action: one prepared statement a message, many messages in one transaction. The
 * statement is the author's as it stands; what comes from messages goes into its parameters alone,
 * so no payload is ever read as SQL. The database is one of the credentials file: no rule names an
 * address.
 *
 * <p>One connection pool for each of the file's databases, made when it is first needed.
 */
final class JdbcClient implements Client {
  /** A parameter that stands for the rule's whole result. */
  private static final String OUTPUT = "$output";

  /** A parameter that stands for the delivery's identifier, the same however often it is tried. */
  private static final String DELIVERY = "$delivery";

  private static final int BATCH_MESSAGES = 200;
  private static final int BATCH_BYTES = 1 << 20;
  private static final int BATCH_OPEN_MILLIS = 10;
  private static final int CONNECTIONS_MAX = 4;
  private static final int CONNECT_MILLIS = 3_000;
  private static final int STATEMENT_SECONDS = 10;

  /** Classes of SQLSTATE that say: not now. Source: the SQL standard, and PostgreSQL's manual. */
  private static final Set<String> RETRIED =
      Set.of("08", "25", "28", "3D", "40", "53", "55", "57", "58", "XX");

  private final CredentialsFile credentials;
  private final Map<Map<String, String>, HikariDataSource> pools = new ConcurrentHashMap<>();

  JdbcClient(CredentialsFile credentials) {
    this.credentials = credentials;
  }

  @Override
  public String check(JsonNode fields) {
    Map<String, String> database = credentials.of(fields).orElse(null);
    if (database == null || !database.containsKey("url")) {
      return "credentials must name a database of the credentials file: one with url, user and password";
    }
    if (!database.get("url").startsWith("jdbc:")) {
      return "the url of the database in the credentials file must begin with jdbc:";
    }
    String sql = fields.path("sql").asText();
    if (sql.isBlank()) {
      return "sql is empty";
    }
    if (sql.contains("${")) {
      return "sql has no templates: write ? there and the template into parameters, or a payload could change the statement";
    }
    int marks = marks(sql);
    int given = fields.path("parameters").size();
    return marks == given
        ? ""
        : "sql has %d parameters (?) and 'parameters' has %d".formatted(marks, given);
  }

  /** How many parameters a statement has; those in texts, names and comments are none. */
  static int marks(String sql) {
    int marks = 0;
    for (int at = 0; at < sql.length(); at++) {
      char c = sql.charAt(at);
      if (c == '\'' || c == '"') {
        int end = sql.indexOf(c, at + 1);
        at = end < 0 ? sql.length() : end;
      } else if (sql.startsWith("--", at)) {
        int end = sql.indexOf('\n', at);
        at = end < 0 ? sql.length() : end;
      } else if (sql.startsWith("/*", at)) {
        int end = sql.indexOf("*/", at);
        at = end < 0 ? sql.length() : end + 1;
      } else if (c == '?') {
        marks++;
      }
    }
    return marks;
  }

  @Override
  public Carrier.Batching batching(JsonNode fields) {
    JsonNode config = fields.path("batchConfig");
    return new Carrier.Batching(
        config.path("maxBatchSize").asInt(BATCH_MESSAGES),
        config.path("maxBatchSizeBytes").asInt(BATCH_BYTES),
        config.path("maxBatchOpenMs").asInt(BATCH_OPEN_MILLIS),
        true);
  }

  @Override
  public Carrier.Outcome carry(Carrier.Delivery delivery) {
    return carry(List.of(delivery)).get(0);
  }

  /**
   * In one transaction. When a message of it is refused, those before and behind it are tried each
   * under a savepoint, in their order: a wrong row does not keep the others out, and nothing that
   * may succeed later is passed by.
   */
  @Override
  public List<Carrier.Outcome> carry(List<Carrier.Delivery> deliveries) {
    JsonNode fields = deliveries.get(0).fields();
    try (Connection connection = pool(fields).getConnection()) {
      connection.setAutoCommit(false);
      try {
        together(connection, fields, deliveries);
        connection.commit();
        return Client.all(deliveries, Carrier.Outcome.DELIVERED);
      } catch (SQLException failed) {
        connection.rollback();
        if (mayComeLater(failed)) {
          return Client.all(deliveries, retry(failed));
        }
        return oneByOne(connection, fields, deliveries);
      }
    } catch (SQLException failed) { // no connection, or the statement itself is wrong
      return Client.all(
          deliveries,
          mayComeLater(failed) ? retry(failed) : new Carrier.Outcome.Refused(said(failed)));
    } catch (UnknownDatabase gone) {
      return Client.all(deliveries, new Carrier.Outcome.Retry(String.valueOf(gone.getMessage())));
    } catch (RuntimeException noPool) { // the driver is missing, the url is none
      return Client.all(
          deliveries,
          new Carrier.Outcome.Retry("the database cannot be used: " + noPool.getMessage()));
    }
  }

  private static void together(
      Connection connection, JsonNode fields, List<Carrier.Delivery> deliveries)
      throws SQLException {
    try (PreparedStatement statement = prepare(connection, fields)) {
      for (Carrier.Delivery delivery : deliveries) {
        bind(statement, delivery);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  private static List<Carrier.Outcome> oneByOne(
      Connection connection, JsonNode fields, List<Carrier.Delivery> deliveries)
      throws SQLException {
    List<Carrier.Outcome> outcomes = new ArrayList<>(deliveries.size());
    try (PreparedStatement statement = prepare(connection, fields)) {
      for (Carrier.Delivery delivery : deliveries) {
        Savepoint before = connection.setSavepoint();
        try {
          bind(statement, delivery);
          statement.executeUpdate();
          outcomes.add(Carrier.Outcome.DELIVERED);
        } catch (SQLException failed) {
          connection.rollback(before);
          if (mayComeLater(failed)) {
            connection.rollback();
            return Client.all(deliveries, retry(failed));
          }
          outcomes.add(new Carrier.Outcome.Refused(said(failed)));
        }
      }
    }
    connection.commit();
    return outcomes;
  }

  private static PreparedStatement prepare(Connection connection, JsonNode fields)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(fields.path("sql").asText());
    statement.setQueryTimeout(STATEMENT_SECONDS);
    return statement;
  }

  /** Parameters are texts whose types the database finds out. */
  private static void bind(PreparedStatement statement, Carrier.Delivery delivery)
      throws SQLException {
    JsonNode parameters = delivery.fields().path("parameters");
    for (int i = 0; i < parameters.size(); i++) {
      String text = parameters.get(i).asText();
      String value =
          switch (text) {
            case OUTPUT -> new String(delivery.body(), StandardCharsets.UTF_8);
            case DELIVERY -> delivery.id().toString();
            default -> text;
          };
      statement.setObject(i + 1, value, Types.VARCHAR);
    }
  }

  // ---- what became of it

  private static boolean mayComeLater(SQLException failed) {
    SQLException cause = first(failed);
    String state = cause.getSQLState();
    return state == null
        || state.length() < 2
        || cause instanceof SQLTransientException
        || RETRIED.contains(state.substring(0, 2));
  }

  /** Of a batch the row's own failure, not that of the batch. */
  private static SQLException first(SQLException failed) {
    SQLException next = failed.getNextException();
    return failed instanceof BatchUpdateException && next != null ? next : failed;
  }

  private static Carrier.Outcome retry(SQLException failed) {
    return new Carrier.Outcome.Retry(said(failed));
  }

  private static String said(SQLException failed) {
    SQLException cause = first(failed);
    String message = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    return "the database said: %s (SQLSTATE %s)".formatted(message, cause.getSQLState());
  }

  // ---- databases

  private static final class UnknownDatabase extends RuntimeException {
    UnknownDatabase(String message) {
      super(message, null, false, false);
    }
  }

  private HikariDataSource pool(JsonNode fields) {
    String name = fields.path("credentials").asText("default");
    Map<String, String> database = credentials.of(fields).orElse(Map.of());
    String url = database.get("url");
    if (url == null) {
      throw new UnknownDatabase("no database '%s' is in the credentials file".formatted(name));
    }
    // By the database, not by the name: an action may also find it by its role.
    return pools.computeIfAbsent(database, known -> pool(name, url, known));
  }

  private static HikariDataSource pool(String name, String url, Map<String, String> database) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("jdbc-" + name);
    config.setJdbcUrl(url);
    config.setUsername(database.getOrDefault("user", ""));
    config.setPassword(database.getOrDefault("password", ""));
    config.setMaximumPoolSize(CONNECTIONS_MAX);
    config.setMinimumIdle(0);
    config.setConnectionTimeout(CONNECT_MILLIS);
    config.setInitializationFailTimeout(-1); // a database that is down now may come
    if (url.startsWith("jdbc:postgresql:")) {
      config.addDataSourceProperty("stringtype", "unspecified"); // it finds out the types
      config.addDataSourceProperty("reWriteBatchedInserts", "true");
      config.addDataSourceProperty("socketTimeout", "30");
      config.addDataSourceProperty("ApplicationName", "sluice");
    }
    return new HikariDataSource(config);
  }

  @Override
  public void close() {
    pools.values().forEach(HikariDataSource::close);
  }
}
