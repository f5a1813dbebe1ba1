package io.sluice.shadow;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.message.Origin;
import io.sluice.shadow.ShadowChange.Kind;
import io.sluice.shadow.ShadowService.Outcome;
import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Decides one request: reads the turn, and answers with a reply and the effects that make it true.
 * Throws {@link ShadowRejected} to refuse. Confined to the turn.
 */
final class ShadowDecision implements ShadowRequest.Visitor<Outcome> {
  static final int PAGE_MAX = 100;

  /** Bounds the turn of one page however many tombstones lie between the names. */
  private static final int ROWS_PER_PAGE_MAX = 500;

  private final Turn turn;
  private final long seconds;
  private final ShadowSettings settings;
  private final ShadowHistory history;
  private final ShadowPublisher publisher;

  ShadowDecision(
      Turn turn, ShadowSettings settings, ShadowHistory history, ShadowPublisher publisher) {
    this.turn = turn;
    this.seconds = turn.now() / 1000;
    this.settings = settings;
    this.history = history;
    this.publisher = publisher;
  }

  @Override
  public Outcome get(ShadowRequest.Get request) {
    String token = ShadowUpdate.parseClientToken(request.payload(), settings.limits());
    StoredShadow shadow = existing(request.address(), token);
    byte[] body = ShadowBodies.document(shadow.document(), seconds, token);
    if (request.origin().kind() == Origin.Kind.HTTP) {
      return Outcome.read(body); // nothing changed that others should hear of
    }
    String topic = ShadowTopics.prefix(request.address()) + "/get/accepted";
    return new Outcome(
        new ShadowReply.Accepted(body), t -> publisher.publish(t, topic, body, request.origin()));
  }

  @Override
  public Outcome update(ShadowRequest.Update request) {
    ShadowUpdate update =
        ShadowUpdate.parse(request.payload(), settings.limits(), settings.refuseStaleReports());
    return change(
        request.address(), load(request.address()), update, Kind.UPDATE, request.origin());
  }

  @Override
  public Outcome rollBack(ShadowRequest.RollBack request) {
    ShadowAddress address = request.address();
    StoredShadow shadow = load(address);
    ShadowDocument target = version(address, shadow, request.version());
    ObjectNode patch = ShadowMerge.patch(shadow.document().state(), target.state());
    ShadowUpdate update = new ShadowUpdate(patch, request.expectedVersion(), null, null);
    return change(address, shadow, update, Kind.ROLLBACK, request.origin());
  }

  private Outcome change(
      ShadowAddress address, StoredShadow before, ShadowUpdate update, Kind kind, Origin origin) {
    if (!before.document().accepts(update)) {
      throw new ShadowRejected(ShadowError.VERSION_CONFLICT, update.clientToken());
    }
    ObjectNode sequences =
        settings.refuseStaleReports() && kind == Kind.UPDATE
            ? StaleReports.admit(before.sequences(), update)
            : StoredShadow.NONE.sequences(); // state of another time has no order to keep
    ShadowDocument document = before.document().apply(update, seconds);
    byte[] state = ShadowJson.write(document.state());
    if (state.length > settings.limits().documentBytesMax()
        && state.length >= before.stateJson().length) { // what shrinks may pass: limits change
      throw new ShadowRejected(ShadowError.TOO_LARGE, update.clientToken());
    }
    StoredShadow after =
        new StoredShadow(
            false,
            Math.max(turn.now(), before.changedAtMillis()),
            document,
            state,
            before.past(),
            sequences);
    byte[] asked = ShadowJson.write(update.state());
    ShadowHistory.Remembered remembered =
        history.remember(turn, address, before, after, kind, origin, asked);
    Consumer<Turn> resurrection = resurrection(address, before);
    byte[] accepted = ShadowBodies.accepted(update, asked, document.version(), seconds);
    Consumer<Turn> news = news(address, before, after, update, origin);
    return new Outcome(
        new ShadowReply.Accepted(accepted),
        t -> {
          resurrection.accept(t);
          remembered.effects().accept(t);
          after.withPast(remembered.past()).save(t, address);
          publisher.publish(t, ShadowTopics.prefix(address) + "/update/accepted", accepted, origin);
          news.accept(t);
        });
  }

  /** What subscribers hear beside the answer. */
  private Consumer<Turn> news(
      ShadowAddress address,
      StoredShadow before,
      StoredShadow after,
      ShadowUpdate update,
      Origin origin) {
    String prefix = ShadowTopics.prefix(address) + "/update/";
    String token = update.clientToken();
    ShadowDocument document = after.document();
    Optional<byte[]> delta =
        document.delta().map(d -> ShadowBodies.delta(d, document, seconds, token));
    byte[] documents =
        ShadowBodies.documents(
            before.deleted() ? null : ShadowBodies.version(before.document(), before.stateJson()),
            ShadowBodies.version(document, after.stateJson()),
            seconds,
            token);
    return t -> {
      delta.ifPresent(body -> publisher.publish(t, prefix + "delta", body, origin));
      publisher.publish(t, prefix + "documents", documents, origin);
    };
  }

  /** Takes back the tombstone's timer when a shadow is made again. */
  private Consumer<Turn> resurrection(ShadowAddress address, StoredShadow before) {
    return before.deleted() && !before.isNone()
        ? t ->
            t.cancel(
                StoredShadow.TOMBSTONE_TIMER,
                before.tombstoneEnds(settings),
                StoredShadow.key(address))
        : t -> {};
  }

  @Override
  public Outcome delete(ShadowRequest.Delete request) {
    String token = ShadowUpdate.parseClientToken(request.payload(), settings.limits());
    ShadowAddress address = request.address();
    StoredShadow shadow = existing(address, token);
    long version = shadow.document().version();
    StoredShadow tombstone =
        new StoredShadow(
            true,
            Math.max(turn.now(), shadow.changedAtMillis()),
            ShadowDocument.deleted(version),
            StoredShadow.EMPTY_STATE,
            shadow.past(),
            StoredShadow.NONE.sequences());
    Consumer<Turn> remembered =
        history.rememberDelete(address, shadow, tombstone.changedAtMillis(), request.origin());
    byte[] body = ShadowBodies.deleted(version, seconds, token);
    return new Outcome(
        new ShadowReply.Accepted(body),
        t -> {
          remembered.accept(t);
          tombstone.save(t, address);
          t.schedule(
              StoredShadow.TOMBSTONE_TIMER,
              tombstone.tombstoneEnds(settings),
              StoredShadow.key(address));
          publisher.publish(
              t, ShadowTopics.prefix(address) + "/delete/accepted", body, request.origin());
        });
  }

  @Override
  public Outcome listNamed(ShadowRequest.ListNamed request) {
    requirePage(request.pageSize());
    byte[] thing = Keys.of().text(request.thing()).bytes();
    byte[] from = after(request.thing(), "");
    if (request.nextToken() != null) {
      String last = ShadowAddress.pageTokenName(request.nextToken());
      if (last == null) {
        throw new ShadowRejected(ShadowError.INVALID_NEXT_TOKEN, null);
      }
      from = after(request.thing(), last);
    }
    ArrayNode names = JsonNodeFactory.instance.arrayNode();
    List<Row> rows = turn.range(StoredShadow.TABLE, from, Keys.after(thing), ROWS_PER_PAGE_MAX);
    String last = null;
    boolean more = rows.size() == ROWS_PER_PAGE_MAX;
    for (Row row : rows) {
      boolean deleted = StoredShadow.isDeleted(row.value());
      if (!deleted && names.size() == request.pageSize()) {
        more = true;
        break;
      }
      last = Keys.textAt(row.key(), thing.length);
      if (!deleted) {
        names.add(last);
      }
    }
    JsonBody body =
        new JsonBody().json("results", ShadowJson.write(names)).number("timestamp", seconds);
    return Outcome.read(
        body.textIfAny("nextToken", more && last != null ? ShadowAddress.pageToken(last) : null)
            .end());
  }

  /** The first key behind a shadow's own. */
  private static byte[] after(String thing, String name) {
    return Keys.of().text(thing).text(name).raw(new byte[] {0}).bytes();
  }

  @Override
  public Outcome history(ShadowRequest.History request) {
    requirePage(request.pageSize());
    ShadowAddress address = request.address();
    StoredShadow shadow = known(address);
    long first = shadow.past().firstVersion();
    JsonBody body = new JsonBody();
    if (first == 0) {
      return Outcome.read(
          body.json("versions", new byte[] {'[', ']'}).number("timestamp", seconds).end());
    }
    ShadowHistory.Changes changes =
        history.changes(
            turn, address, Math.max(request.fromVersion(), first), request.pageSize() + 2);
    List<ShadowChange> found = changes.list();
    // What follows a page is read with it: its first change, and before that perhaps a delete.
    int size = Math.min(changes.more() ? found.size() - 2 : found.size(), request.pageSize());
    if (size < found.size() && found.get(size).version() == found.get(size - 1).version()) {
      size++; // a delete goes with the version it ends: pages begin with a version
    }
    ArrayNode versions = JsonNodeFactory.instance.arrayNode();
    found.subList(0, size).forEach(change -> versions.add(describe(change)));
    body.json("versions", ShadowJson.write(versions)).number("timestamp", seconds);
    if (size < found.size()) {
      body.number("nextVersion", found.get(size).version());
    }
    return Outcome.read(
        body.number("firstVersion", first)
            .number("lastVersion", shadow.document().version())
            .end());
  }

  private static ObjectNode describe(ShadowChange change) {
    ObjectNode entry =
        JsonNodeFactory.instance
            .objectNode()
            .put("version", change.version())
            .put("change", change.kind().name().toLowerCase(Locale.ROOT))
            .put("changedAtMillis", change.atMillis())
            .put("source", change.author().source().name().toLowerCase(Locale.ROOT));
    putIfAny(entry, "principal", change.author().principal());
    putIfAny(entry, "clientId", change.author().clientId());
    putIfAny(entry, "sourceIp", change.author().sourceIp());
    if (change.kind() != Kind.DELETE) {
      entry.set("state", change.update().state());
    }
    return entry;
  }

  private static void putIfAny(ObjectNode entry, String name, @Nullable String text) {
    if (text != null) {
      entry.put(name, text);
    }
  }

  @Override
  public Outcome asOfVersion(ShadowRequest.AsOfVersion request) {
    ShadowAddress address = request.address();
    ShadowDocument document = version(address, known(address), request.version());
    return Outcome.read(ShadowBodies.document(document, seconds, null));
  }

  @Override
  public Outcome asOfTime(ShadowRequest.AsOfTime request) {
    ShadowAddress address = request.address();
    ShadowDocument document =
        history
            .asOfTime(turn, address, known(address), request.millis())
            .orElseThrow(() -> new ShadowRejected(ShadowError.noShadow(address), null));
    return Outcome.read(ShadowBodies.document(document, seconds, null));
  }

  @Override
  public Outcome diff(ShadowRequest.Diff request) {
    ShadowAddress address = request.address();
    StoredShadow shadow = known(address);
    ShadowDocument from = version(address, shadow, request.fromVersion());
    Long asked = request.toVersion();
    ShadowDocument to = asked == null ? shadow.document() : version(address, shadow, asked);
    return Outcome.read(
        new JsonBody()
            .number("fromVersion", from.version())
            .number("toVersion", to.version())
            .json("changes", ShadowJson.write(ShadowDiff.between(from.state(), to.state())))
            .number("timestamp", seconds)
            .end());
  }

  private ShadowDocument version(ShadowAddress address, StoredShadow shadow, long version) {
    return history
        .asOfVersion(turn, address, shadow, version)
        .orElseThrow(
            () -> new ShadowRejected(ShadowError.noVersion(address, shadow, version), null));
  }

  /** The shadow, or its tombstone, or none. */
  private StoredShadow load(ShadowAddress address) {
    return StoredShadow.load(turn, address);
  }

  /** A shadow that is there. */
  private StoredShadow existing(ShadowAddress address, @Nullable String clientToken) {
    StoredShadow shadow = load(address);
    if (shadow.deleted()) {
      throw new ShadowRejected(ShadowError.noShadow(address), clientToken);
    }
    return shadow;
  }

  /** A shadow that is there, or was and can be looked back at. */
  private StoredShadow known(ShadowAddress address) {
    StoredShadow shadow = load(address);
    if (shadow.isNone()) {
      throw new ShadowRejected(ShadowError.noShadow(address), null);
    }
    return shadow;
  }

  private static void requirePage(int pageSize) {
    if (pageSize < 1 || pageSize > PAGE_MAX) {
      throw new ShadowRejected(ShadowError.INVALID_PAGE_SIZE, null);
    }
  }
}
