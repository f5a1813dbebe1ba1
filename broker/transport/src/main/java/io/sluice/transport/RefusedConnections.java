package io.sluice.transport;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last connections that were not let in, and why; the oldest make room. It also writes them to
 * the log, at most a few each second: a flood of strangers must not become a flood of lines. Any
 * thread.
 */
public final class RefusedConnections {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.transport.Refused");
  private static final int LINES_PER_SECOND_MAX = 20;
  private static final int CLIENT_ID_CHARS_MAX = 128;
  private static final int WHY_CHARS_MAX = 512;

  private final int max;
  private final ArrayDeque<Refused> last = new ArrayDeque<>();
  private long second;
  private int lines;
  private long unwritten;

  /**
   * One connection that was not let in.
   *
   * @param atMillis of the wall clock
   * @param address of the peer, without its port
   * @param listener which door it came to
   * @param clientId empty when it had not said
   * @param word the fixed word that also labels the counter
   * @param explanation one sentence, without secrets
   */
  public record Refused(
      long atMillis,
      String address,
      String listener,
      String clientId,
      String word,
      String explanation) {}

  RefusedConnections(int max) {
    this.max = max;
  }

  /** The refused connections, the latest first. */
  public List<Refused> latestFirst() {
    List<Refused> list;
    synchronized (last) {
      list = new ArrayList<>(last);
    }
    Collections.reverse(list);
    return list;
  }

  void add(String address, String listener, String clientId, String word, String why) {
    Refused refused =
        new Refused(
            System.currentTimeMillis(),
            address,
            listener,
            printable(clientId, CLIENT_ID_CHARS_MAX),
            word,
            printable(why, WHY_CHARS_MAX));
    long before = 0;
    boolean write;
    synchronized (last) { // held for a few instructions
      if (last.size() == max) {
        last.removeFirst();
      }
      last.addLast(refused);
      long now = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
      if (now != second) {
        second = now;
        lines = 0;
        before = unwritten;
        unwritten = 0;
      }
      write = lines++ < LINES_PER_SECOND_MAX;
      if (!write) {
        unwritten++;
      }
    }
    if (before > 0) {
      LOG.info("{} more connections were refused, see the counters", before);
    }
    if (write) {
      LOG.info(
          "refused {} on {}{}: {} ({})",
          address,
          listener,
          clientId.isEmpty() ? "" : ", client '" + refused.clientId + "'",
          refused.explanation,
          word);
    }
  }

  /** Without what could forge a line of a log or a terminal. */
  private static String printable(String text, int charsMax) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), charsMax); i++) {
      char c = text.charAt(i);
      shown.append(Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c);
    }
    return text.length() > charsMax ? shown.append("...").toString() : shown.toString();
  }
}
