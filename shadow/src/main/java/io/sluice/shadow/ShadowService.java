package io.sluice.shadow;

import io.sluice.message.Origin;
import io.sluice.store.Partitions;
import io.sluice.store.StoreFailed;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the shadows: one row each, on the partition of its thing. Of what it decides by, only the
 * {@link RequestRate} is its own and in memory, so a turn that is refused leaves nothing behind.
 *
 * <p>Threads: {@link #handle} runs on the owner of the thing's partition, inside a turn: that of
 * the dispatcher for what came over MQTT, its own for {@link #ask}. Deciding only reads; what is to
 * be written is written after, so that a request is answered whole or refused whole.
 */
public final class ShadowService {
  /** What the store must open. */
  public static final Set<Table> TABLES = Set.of(StoredShadow.TABLE, ShadowHistory.TABLE);

  private static final Logger LOG = LoggerFactory.getLogger(ShadowService.class);

  private final Partitions partitions;
  private final ShadowSettings settings;
  private final ShadowPublisher publisher;
  private final ShadowHistory history;
  private final ShadowCounters counters = new ShadowCounters();
  private final RequestRate[] rates; // by partition, each its owner's

  /** Makes the service and registers it; before the partitions start. */
  public ShadowService(Partitions partitions, ShadowSettings settings, ShadowPublisher publisher) {
    this.partitions = partitions;
    this.settings = settings;
    this.publisher = publisher;
    this.history = new ShadowHistory(settings);
    this.rates = new RequestRate[partitions.count()];
    Arrays.setAll(rates, p -> new RequestRate(settings.requestsPerSecondMax()));
    partitions.register(ShadowRequest.Get.class, this::handle);
    partitions.register(ShadowRequest.Update.class, this::handle);
    partitions.register(ShadowRequest.Delete.class, this::handle);
    partitions.register(ShadowRequest.ListNamed.class, this::handle);
    partitions.register(ShadowRequest.History.class, this::handle);
    partitions.register(ShadowRequest.AsOfVersion.class, this::handle);
    partitions.register(ShadowRequest.AsOfTime.class, this::handle);
    partitions.register(ShadowRequest.Diff.class, this::handle);
    partitions.register(ShadowRequest.RollBack.class, this::handle);
    partitions.onTimer(StoredShadow.TOMBSTONE_TIMER, (turn, key, due) -> bury(turn, key));
    partitions.onTimer(ShadowHistory.TIMER, this::trimByAge);
    partitions.onTimer(
        ShadowHistory.FORGET_TIMER, (turn, key, due) -> ShadowHistory.forgetSlice(turn, key));
  }

  /** What it has done. */
  public ShadowCounters counters() {
    return counters;
  }

  /** Asks the owner of the thing; for HTTP. The reply comes when its effects are on disk. */
  public CompletableFuture<ShadowReply> ask(ShadowRequest request) {
    return partitions.ask(request.address().thing(), request);
  }

  /**
   * Decides a request within a turn of its thing's partition: writes state, history and
   * publications into it. Does not throw on what a peer can cause.
   *
   * @throws StoreFailed when the disk refuses
   */
  public ShadowReply handle(Turn turn, ShadowRequest request) {
    Outcome outcome = decide(turn, request);
    outcome.effects.accept(turn);
    return outcome.reply;
  }

  /** An answer, and what has to be written for it to be true. */
  record Outcome(ShadowReply reply, Consumer<Turn> effects) {
    /** Nothing to write. */
    static Outcome read(byte[] body) {
      return new Outcome(new ShadowReply.Accepted(body), turn -> {});
    }
  }

  private Outcome decide(Turn turn, ShadowRequest request) {
    if (request instanceof ShadowRequest.Published asked
        && asked.origin().kind() == Origin.Kind.WILL) {
      // AWS IoT Developer Guide, "Device Shadow MQTT topics": a shadow never hears a last will.
      counters.willsIgnored.increment();
      return new Outcome(new ShadowReply.Ignored(), t -> {});
    }
    try {
      ShadowError wrong = request.address().nameError();
      if (wrong == null && !rates[turn.partition()].admits(request.address().thing(), turn.now())) {
        wrong = ShadowError.TOO_MANY;
      }
      if (wrong != null) {
        throw new ShadowRejected(wrong, clientToken(request));
      }
      Outcome outcome = request.accept(new ShadowDecision(turn, settings, history, publisher));
      counters.accepted(request);
      return outcome;
    } catch (ShadowRejected rejected) {
      return rejected(turn, request, rejected.error(), rejected.clientToken());
    } catch (StoreFailed disk) {
      throw disk;
    } catch (RuntimeException ours) {
      // The border: a row that cannot be read, or our mistake. One shadow fails, the others live
      // on; nothing was written yet.
      LOG.error(
          "shadow '{}' of thing '{}': request failed, answered 500",
          request.address().displayName(),
          request.address().thing(),
          ours);
      return rejected(turn, request, ShadowError.INTERNAL, null);
    }
  }

  /** The client token of a request that is refused before it is read, if there is one. */
  private @Nullable String clientToken(ShadowRequest request) {
    if (!(request instanceof ShadowRequest.Published asked)) {
      return null;
    }
    try {
      return ShadowUpdate.parseClientToken(asked.payload(), settings.limits());
    } catch (ShadowRejected unreadable) {
      return unreadable.clientToken();
    }
  }

  private Outcome rejected(
      Turn turn, ShadowRequest request, ShadowError error, @Nullable String clientToken) {
    byte[] body = ShadowBodies.rejected(error, turn.now() / 1000, clientToken);
    ShadowReply reply = new ShadowReply.Rejected(error, body, clientToken);
    counters.rejected(error);
    if (request instanceof ShadowRequest.Published asked
        && asked.origin().kind() != Origin.Kind.HTTP) { // HTTP's caller is told, and nobody else
      String topic = ShadowTopics.prefix(asked.address()) + "/" + asked.verb() + "/rejected";
      return new Outcome(reply, t -> publisher.publish(t, topic, body, asked.origin()));
    }
    return new Outcome(reply, t -> {});
  }

  /** Ends a tombstone: the version starts again, and what the versions before were is forgotten. */
  private void bury(Turn turn, byte[] key) {
    ShadowAddress address = StoredShadow.address(key);
    StoredShadow shadow = StoredShadow.load(turn, address);
    if (!shadow.deleted() || shadow.isNone()) {
      return; // made again since
    }
    if (shadow.isBuried(turn.now(), settings)) {
      ShadowHistory.Remembered buried = history.bury(address, shadow);
      buried.effects().accept(turn);
      if (ShadowHistory.isForgotten(turn, address)) {
        turn.delete(StoredShadow.TABLE, key);
      } else { // a long past goes in slices, and until then versions go on
        turn.put(StoredShadow.TABLE, key, shadow.withPast(buried.past()).encode());
        turn.schedule(StoredShadow.TOMBSTONE_TIMER, turn.now(), key);
      }
    } else { // deleted again since, or the operator gave tombstones more time
      turn.schedule(StoredShadow.TOMBSTONE_TIMER, shadow.tombstoneEnds(settings), key);
    }
  }

  private void trimByAge(Turn turn, byte[] key, long due) {
    ShadowAddress address = StoredShadow.address(key);
    StoredShadow shadow = StoredShadow.load(turn, address);
    if (shadow.past().timerMillis() == due && !shadow.isNone()) {
      ShadowHistory.Remembered trimmed = history.trimByAge(turn, address, shadow.past());
      trimmed.effects().accept(turn);
      turn.put(StoredShadow.TABLE, key, shadow.withPast(trimmed.past()).encode());
    }
  }
}
