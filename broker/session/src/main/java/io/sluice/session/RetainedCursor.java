package io.sluice.session;

import io.sluice.message.Publication;
import io.sluice.message.TopicFilter;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.function.Consumer;

/**
 * A walk over the retained messages of one filter that can rest anywhere: a subscriber to {@code #}
 * gets a million of them a few at a time, and nobody holds a list of them. What it finds is what is
 * retained when it comes by; messages that are retained or cleared meanwhile it may see or not.
 *
 * <p>One thread at a time; changes beside it do no harm. It holds one iterator for each level of
 * the tree that it is in.
 */
public final class RetainedCursor {
  /** Where the walk is within one node: its children that are still to come. */
  private record Place(Iterator<RetainedMessages.Node> children, int depth) {}

  private final TopicFilter filter;
  private final ArrayDeque<Place> way = new ArrayDeque<>();
  private final RetainedMessages.Node root;
  private boolean started;

  RetainedCursor(TopicFilter filter, RetainedMessages.Node root) {
    this.filter = filter;
    this.root = root;
  }

  /**
   * Goes on: hands retained messages to the sink, in no order.
   *
   * @param nowMillis those that have expired by then are passed over [MQTT-3.3.2-5]
   * @param stepsMax how many nodes it looks at before it rests; at most as many messages are found
   * @return whether there may be more
   */
  public boolean advance(long nowMillis, int stepsMax, Consumer<Publication> sink) {
    int steps = 0;
    if (!started) {
      started = true;
      enter(root, 0, nowMillis, sink);
    }
    while (!way.isEmpty()) {
      Place place = way.getLast();
      if (!place.children.hasNext()) {
        way.removeLast();
        continue;
      }
      if (++steps > stepsMax) {
        return true;
      }
      enter(place.children.next(), place.depth, nowMillis, sink);
    }
    return false;
  }

  /** Looks at a node that the first {@code depth} levels of the filter have led to. */
  private void enter(
      RetainedMessages.Node node, int depth, long nowMillis, Consumer<Publication> sink) {
    RetainedMessages.Node here = node;
    int level = depth;
    while (level < filter.levels()) {
      String name = filter.level(level);
      if (name.equals("#")) {
        found(here, nowMillis, sink); // also the parent: "a/#" stands for "a"
        way.addLast(new Place(here.children(here == root), level));
        return;
      }
      if (name.equals("+")) {
        way.addLast(new Place(here.children(here == root), level + 1));
        return;
      }
      RetainedMessages.Node child = here.child(name);
      if (child == null) {
        return;
      }
      here = child;
      level++;
    }
    found(here, nowMillis, sink);
  }

  private static void found(
      RetainedMessages.Node node, long nowMillis, Consumer<Publication> sink) {
    Publication publication = node.publication();
    if (publication != null && publication.expiresAtMicros() > nowMillis * 1000) {
      sink.accept(publication);
    }
  }
}
