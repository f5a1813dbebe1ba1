package io.sluice.queue;

import java.util.TreeMap;

/** The messages of one group that the memory knows, in their order. Owner thread only. */
final class MessageGroup {
  final String id;
  final TreeMap<Long, Entry> members = new TreeMap<>();

  MessageGroup(String id) {
    this.id = id;
  }
}
