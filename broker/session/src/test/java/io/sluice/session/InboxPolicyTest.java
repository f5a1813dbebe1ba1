package io.sluice.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.PublicationCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of messages for an inbox that is full, in number or in bytes. */
class InboxPolicyTest extends SessionHouse {
  private static final int MESSAGES = 10;

  private SessionLimits limits = SessionLimits.STANDARD;

  @Override
  SessionLimits limits() {
    return limits;
  }

  private void limit(InboxPolicy policy, String bound) {
    long bytes = PublicationCodec.encode(publication(1, null)).length;
    SessionLimits some = SessionLimits.STANDARD.withInboxPolicy(policy);
    limits =
        bound.equals("messages") ? some.withInboxMessagesMax(4) : some.withInboxBytesMax(4 * bytes);
    start();
  }

  private List<Long> stampsOf(Reader reader) {
    List<Long> stamps = new ArrayList<>();
    for (InboxMessage message : reader.received) {
      stamps.add(message.shipment().publication().stampMicros());
    }
    return stamps;
  }

  @ParameterizedTest(name = "{0}, bound in {1}: {2}")
  @CsvSource({
    "DROP_NEWEST, messages, '1 2 3 4',                6, 0",
    "DROP_NEWEST, bytes,    '1 2 3 4',                6, 0",
    "DROP_OLDEST, messages, '7 8 9 10',               0, 6",
    "DROP_OLDEST, bytes,    '7 8 9 10',               0, 6",
    "REJECT,      messages, '1 2 3 4 5 6 7 8 9 10',   0, 0",
  })
  void aFullInboxFollowsThePolicy(
      InboxPolicy policy, String bound, String kept, long droppedNewest, long droppedOldest) {
    limit(policy, bound);
    Reader away = new Reader();
    Session session = subscribed("c", 100, away);
    done(sessions.close(session, away, 100, true));
    for (int n = 1; n <= MESSAGES; n++) {
      deliver(publication(n, null), session);
      assertThat(session.isFull()).isEqualTo(n >= 4);
    }
    assertThat(sessions.counters().inboxDroppedFull.sum()).isEqualTo(droppedNewest);
    assertThat(sessions.counters().inboxDroppedOldest.sum()).isEqualTo(droppedOldest);

    Reader back = new Reader();
    Session same = open("c", false, 100, back);
    sessions.resume(same, back, 100);
    simulation.run();
    assertThat(stampsOf(back)).containsExactly(numbers(kept));
    sessions.acknowledge(same, back.received.stream().mapToLong(InboxMessage::sequence).toArray());
    simulation.run();
    assertThat(same.isFull()).isFalse();
    assertThat(rows("inbox")).isZero();
  }

  private static Long[] numbers(String text) {
    return Arrays.stream(text.split(" ")).map(Long::valueOf).toArray(Long[]::new);
  }
}
