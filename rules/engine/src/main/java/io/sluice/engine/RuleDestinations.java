package io.sluice.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Row;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP destinations that rules may send to: each is asked with a token, and is enabled when the
 * token comes back. Rows of one partition, changed on its owner, read by any thread.
 */
public final class RuleDestinations {
  static final Table TABLE = new Table("rule-destinations");
  private static final String KEY = "rule-destinations";
  private static final int DESTINATIONS_MAX = 1_000;
  private static final int TOKEN_BYTES = 32;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Logger LOG = LoggerFactory.getLogger(RuleDestinations.class);

  /** The tables that the store must open for it. */
  public static final Set<Table> TABLES = Set.of(TABLE);

  /** Whether messages may be sent. */
  public enum Status {
    ENABLED,
    /** Its token has not come back. */
    IN_PROGRESS,
    DISABLED,
    /** The request with its token could not be sent. */
    ERROR,
    /** There is none. */
    UNKNOWN
  }

  /** Sends a token. May wait; throws nothing. */
  @FunctionalInterface
  public interface Confirmer {
    /**
     * @return why it could not be sent; empty when it was
     */
    String send(String confirmationUrl, String arn, String token, String enableUrl);
  }

  private record Stored(RuleDestination shown, String token, URI prefix) {}

  private record Put(Stored destination, boolean isNew) implements Request<RuleDestination> {}

  private record Confirm(String token) implements Request<Boolean> {}

  private record Change(String arn, Status status, String reason, @Nullable String token)
      implements Request<RuleDestination> {}

  private record Delete(String arn) implements Request<Boolean> {}

  private record Load() implements Request<Boolean> {}

  private final Partitions partitions;
  private final String arnPrefix;
  private final Executor workers;
  private final Map<String, Stored> byArn = new ConcurrentHashMap<>();
  private volatile Confirmer confirmer = (url, arn, token, enable) -> "no way out is configured";

  /**
   * Registers its handlers; the partitions must not have started.
   *
   * @param workers where tokens are sent
   */
  public RuleDestinations(Partitions partitions, String region, String account, Executor workers) {
    this.partitions = partitions;
    this.arnPrefix = "arn:aws:iot:%s:%s:ruledestination/http/".formatted(region, account);
    this.workers = workers;
    partitions.register(Put.class, this::put);
    partitions.register(Confirm.class, this::confirm);
    partitions.register(Change.class, this::change);
    partitions.register(Delete.class, this::delete);
    partitions.register(Load.class, (turn, load) -> load(turn));
    partitions.onStart(() -> partitions.apply(partitions.of(KEY), new Load()));
  }

  /** Told once, before the partitions start. */
  public void confirmBy(Confirmer sends) {
    this.confirmer = sends;
  }

  // ---- what may be reached

  /** The best status of all destinations that cover a URL. Any thread. */
  public Status status(URI url) {
    Status best = Status.UNKNOWN;
    for (Stored stored : byArn.values()) {
      Status status = stored.shown().status();
      if (status.compareTo(best) < 0 && covers(stored.prefix(), url)) {
        best = status;
      }
    }
    return best;
  }

  /** The same host, and a path that begins with the other's, whole segments of it. */
  private static boolean covers(URI prefix, URI url) {
    if (!String.valueOf(prefix.getScheme()).equalsIgnoreCase(url.getScheme())
        || !String.valueOf(prefix.getHost()).equalsIgnoreCase(url.getHost())
        || prefix.getPort() != url.getPort()) {
      return false;
    }
    String begin = String.valueOf(prefix.getRawPath());
    String path = String.valueOf(url.getRawPath());
    if (path.contains("/../") || path.endsWith("/..") || path.contains("/./")) {
      return false; // it may lead out of what was confirmed
    }
    String segments = begin.endsWith("/") ? begin : begin + "/";
    return path.equals(begin) || path.startsWith(segments) || begin.isEmpty();
  }

  // ---- operations

  /**
   * Creates a destination and sends its token.
   *
   * @param enableBase what an enable URL begins with; the token follows
   * @return the destination; fails with {@link RuleRejected}
   */
  public CompletableFuture<RuleDestination> create(String confirmationUrl, String enableBase) {
    URI prefix = parsed(confirmationUrl);
    long now = partitions.clock().millis();
    RuleDestination destination =
        new RuleDestination(
            arnPrefix + UUID.randomUUID(),
            confirmationUrl,
            Status.IN_PROGRESS,
            "its confirmation is under way",
            now,
            now);
    Stored stored = new Stored(destination, token(), prefix);
    return partitions
        .ask(KEY, new Put(stored, true))
        .whenComplete(
            (made, failure) -> {
              if (failure == null) {
                send(made, stored.token(), enableBase);
              }
            });
  }

  private static String token() {
    byte[] token = new byte[TOKEN_BYTES];
    RANDOM.nextBytes(token);
    return HexFormat.of().formatHex(token);
  }

  private static URI parsed(String url) {
    try {
      URI uri = new URI(url);
      boolean web = List.of("https", "http").contains(String.valueOf(uri.getScheme()));
      if (web && uri.getHost() != null && uri.getUserInfo() == null && uri.getFragment() == null) {
        return uri;
      }
    } catch (java.net.URISyntaxException wrong) {
      // said below
    }
    throw RuleFields.invalid(
        "confirmationUrl '%s' must be https:// with a host, and no user or fragment"
            .formatted(url));
  }

  private void send(RuleDestination destination, String token, String enableBase) {
    try {
      workers.execute(
          () -> {
            String problem =
                confirmer.send(
                    destination.confirmationUrl(), destination.arn(), token, enableBase + token);
            if (!problem.isEmpty()) {
              partitions.ask(KEY, new Change(destination.arn(), Status.ERROR, problem, null));
            }
          });
    } catch (RejectedExecutionException busy) {
      partitions.ask(
          KEY,
          new Change(
              destination.arn(),
              Status.ERROR,
              "no worker was free to send the token; set the status to IN_PROGRESS to send again",
              null));
    }
  }

  /** Enables the destination that was sent this token. Fails when none was. */
  public CompletableFuture<Boolean> confirm(String token) {
    return partitions.ask(KEY, new Confirm(token));
  }

  /**
   * Sets the status: ENABLED for one that was confirmed once, DISABLED, or IN_PROGRESS to send a
   * token again.
   */
  public CompletableFuture<RuleDestination> update(String arn, String status, String enableBase) {
    return switch (status) {
      case "ENABLED" -> partitions.ask(KEY, new Change(arn, Status.ENABLED, "", null));
      case "DISABLED" ->
          partitions.ask(KEY, new Change(arn, Status.DISABLED, "it was disabled", null));
      case "IN_PROGRESS" -> {
        String token = token();
        yield partitions
            .ask(KEY, new Change(arn, Status.IN_PROGRESS, "its confirmation is under way", token))
            .whenComplete(
                (made, failure) -> {
                  if (failure == null) {
                    send(made, token, enableBase);
                  }
                });
      }
      default ->
          throw RuleFields.invalid(
              "status '%s' cannot be set; use ENABLED, DISABLED or IN_PROGRESS".formatted(status));
    };
  }

  /** One that is not there is no error. */
  public CompletableFuture<Boolean> delete(String arn) {
    return partitions.ask(KEY, new Delete(arn));
  }

  public Optional<RuleDestination> get(String arn) {
    return Optional.ofNullable(byArn.get(arn)).map(Stored::shown);
  }

  /** All, by their ARNs. */
  public List<RuleDestination> list() {
    return byArn.values().stream()
        .map(Stored::shown)
        .sorted(Comparator.comparing(RuleDestination::arn))
        .toList();
  }

  // ---- on the owner

  private RuleDestination put(Turn turn, Put put) {
    if (byArn.size() >= DESTINATIONS_MAX) {
      throw new RuleRejected(
          RuleRejected.Code.LIMIT_EXCEEDED,
          "there are %d destinations already; delete some".formatted(DESTINATIONS_MAX));
    }
    String url = put.destination().shown().confirmationUrl();
    if (byArn.values().stream().anyMatch(other -> other.shown().confirmationUrl().equals(url))) {
      throw new RuleRejected(
          RuleRejected.Code.ALREADY_EXISTS,
          "there is a destination for '%s'; set its status to IN_PROGRESS to confirm it again"
              .formatted(url));
    }
    return keep(turn, put.destination());
  }

  private RuleDestination keep(Turn turn, Stored stored) {
    RuleDestination shown = stored.shown();
    turn.put(
        TABLE,
        shown.arn().getBytes(StandardCharsets.UTF_8),
        JsonNodeFactory.instance
            .objectNode()
            .put("confirmationUrl", shown.confirmationUrl())
            .put("status", shown.status().name())
            .put("statusReason", shown.statusReason())
            .put("token", stored.token())
            .put("createdAt", shown.createdAtMillis())
            .put("updatedAt", shown.updatedAtMillis())
            .toString()
            .getBytes(StandardCharsets.UTF_8));
    byArn.put(shown.arn(), stored);
    return shown;
  }

  private Boolean confirm(Turn turn, Confirm confirm) {
    byte[] given = confirm.token().getBytes(StandardCharsets.UTF_8);
    for (Stored stored : byArn.values()) {
      if (!stored.token().isEmpty()
          && MessageDigest.isEqual(given, stored.token().getBytes(StandardCharsets.UTF_8))) {
        keep(turn, changed(stored, Status.ENABLED, "", "", turn.now()));
        return true;
      }
    }
    throw RuleFields.invalid(
        "the confirmation token is unknown or was used; set the destination's status to IN_PROGRESS to send another");
  }

  private static Stored changed(
      Stored stored, Status status, String reason, String token, long now) {
    RuleDestination shown = stored.shown();
    return new Stored(
        new RuleDestination(
            shown.arn(), shown.confirmationUrl(), status, reason, shown.createdAtMillis(), now),
        token,
        stored.prefix());
  }

  private RuleDestination change(Turn turn, Change change) {
    Stored stored = byArn.get(change.arn());
    if (stored == null) {
      throw RuleFields.invalid(
          "destination '%s' does not exist; ListTopicRuleDestinations names those that do"
              .formatted(change.arn()));
    }
    // A token is emptied when it comes back: as long as there is one nobody has confirmed.
    if (change.status() == Status.ENABLED && !stored.token().isEmpty()) {
      throw RuleFields.invalid(
          "destination '%s' was never confirmed; confirm it with the token it was sent"
              .formatted(change.arn()));
    }
    if (change.status() == Status.ERROR && stored.token().isEmpty()) {
      return stored.shown(); // confirmed by other means meanwhile
    }
    String token = change.token();
    return keep(
        turn,
        changed(
            stored,
            change.status(),
            change.reason(),
            token == null ? stored.token() : token,
            turn.now()));
  }

  private Boolean delete(Turn turn, Delete delete) {
    turn.delete(TABLE, delete.arn().getBytes(StandardCharsets.UTF_8));
    return byArn.remove(delete.arn()) != null;
  }

  private Boolean load(Turn turn) {
    for (Row row : turn.range(TABLE, new byte[0], Keys.after(new byte[0]), Integer.MAX_VALUE)) {
      String arn = new String(row.key(), StandardCharsets.UTF_8);
      try {
        JsonNode in = JSON.readTree(row.value());
        String url = in.path("confirmationUrl").asText();
        byArn.put(
            arn,
            new Stored(
                new RuleDestination(
                    arn,
                    url,
                    Status.valueOf(in.path("status").asText()),
                    in.path("statusReason").asText(),
                    in.path("createdAt").asLong(),
                    in.path("updatedAt").asLong()),
                in.path("token").asText(),
                parsed(url)));
      } catch (IOException | RuntimeException damaged) {
        LOG.error("destination '{}' cannot be read and is left alone", arn, damaged);
      }
    }
    return true;
  }
}
