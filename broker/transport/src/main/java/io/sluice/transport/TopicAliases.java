package io.sluice.transport;

import io.sluice.message.TopicName;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * The aliases that stand for topic names towards one client, as many as it takes [MQTT-3.1.2-26]:
 * the first topics get them. Event loop only.
 */
final class TopicAliases {
  private static final int ALIASES_MAX = 256; // what one client may cost

  private final int max;
  private final Map<TopicName, Integer> aliases = new HashMap<>(0);
  private final BitSet known = new BitSet(0);

  /**
   * @param offered the client's Topic Alias Maximum, 0: it takes none [MQTT-3.1.2-27]
   */
  TopicAliases(int offered) {
    this.max = Math.min(offered, ALIASES_MAX);
  }

  /** The topic's alias, 0: it has none. */
  int of(TopicName topic) {
    if (max == 0) {
      return 0;
    }
    Integer alias = aliases.get(topic);
    if (alias == null && aliases.size() < max) {
      alias = aliases.size() + 1;
      aliases.put(topic, alias);
    }
    return alias == null ? 0 : alias;
  }

  /** Whether the client was told what the alias stands for. */
  boolean isKnown(int alias) {
    return known.get(alias);
  }

  /** The client is told with the packet that leaves now. */
  void known(int alias) {
    if (alias != 0) {
      known.set(alias);
    }
  }
}
