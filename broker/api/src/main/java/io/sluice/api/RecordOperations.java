package io.sluice.api;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Operations of a room whose records are the members of the wire; see {@link RecordTrees}. */
final class RecordOperations {
  private final Family family;
  private final List<Operation> all = new ArrayList<>();

  RecordOperations(Family family) {
    this.family = family;
  }

  List<Operation> all() {
    return List.copyOf(all);
  }

  /** Reads something. */
  <Q, R> RecordOperations ask(String name, Class<Q> input, Function<Q, CompletableFuture<R>> room) {
    all.add(Operation.read(family, name, call -> answered(call, input, room)));
    return this;
  }

  /** Changes something and answers with what came of it. */
  <Q, R> RecordOperations put(String name, Class<Q> input, Function<Q, CompletableFuture<R>> room) {
    all.add(Operation.write(family, name, call -> answered(call, input, room)));
    return this;
  }

  /** Changes something and answers with no members. */
  <Q> RecordOperations change(String name, Class<Q> input, Function<Q, CompletableFuture<?>> room) {
    all.add(
        Operation.write(
            family,
            name,
            call ->
                room.apply(RecordTrees.read(call.input(), input)).thenApply(any -> Reply.EMPTY)));
    return this;
  }

  /** The service has these and this gateway has not. */
  RecordOperations unsupported(String... names) {
    for (String name : names) {
      all.add(Operation.unsupported(family, name));
    }
    return this;
  }

  private static <Q, R> CompletableFuture<Reply> answered(
      Call call, Class<Q> input, Function<Q, CompletableFuture<R>> room) {
    return room.apply(RecordTrees.read(call.input(), input))
        .thenApply(reply -> Reply.of(RecordTrees.write(reply)));
  }
}
