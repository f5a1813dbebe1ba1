package io.sluice.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.Publication;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What operators see of clients and do to them, as far as the session's rows go. */
class ClientsTest extends SessionHouse {

  @Test
  void aSessionThatIsOfflineSinceBeforeARestartIsKnown() {
    subscribed("pump", 600, new Reader());
    restart();
    assertThat(done(sessions.clients().state("pump")))
        .contains(
            new ClientState("pump", false, true, 600, ClientState.Waiting.NOTHING, null, null));
    assertThat(done(sessions.clients().subscriptions("pump")).orElseThrow())
        .extracting(want -> want.filter().toString())
        .containsExactly("a/#");
  }

  @Test
  void endingASessionThatIsOfflineLeavesNoRow() {
    Reader reader = new Reader();
    Session session = subscribed("pump", 600, reader);
    done(sessions.close(session, reader, 600, false));
    deliver(publication(2, null), session);
    assertThat(done(sessions.clients().state("pump")).orElseThrow().waiting().messages())
        .isEqualTo(1);
    assertThat(done(sessions.clients().end("pump", true, false))).isTrue();
    assertThat(done(sessions.clients().end("pump", true, false))).isFalse();
    assertNothingIsLeft();
  }

  @Test
  void aWillThatWaitsForItsDelayCanBePrevented() {
    Reader reader = new Reader();
    Publication will = publication(1, null);
    Session session = open("pump", true, 600, reader, will, 300);
    done(sessions.close(session, reader, 600, false));
    assertThat(done(sessions.clients().end("pump", false, true))).isTrue();
    pass(400_000);
    assertThat(sessions.counters().willsPublished.sum()).isZero();
    assertThat(rows("wills")).isZero();
    assertThat(done(sessions.clients().state("pump"))).isPresent();
  }

  @Test
  void endingASessionPublishesTheWillThatWaits() {
    Reader reader = new Reader();
    Session session = open("pump", true, 600, reader, publication(1, null), 300);
    done(sessions.close(session, reader, 600, false));
    assertThat(done(sessions.clients().end("pump", true, false))).isTrue();
    assertThat(sessions.counters().willsPublished.sum()).isEqualTo(1); // [MQTT-3.1.2-8]
  }

  @Test
  void ofTwoConnectionsThatEndedTheLaterOneIsRemembered() {
    Clients clients = sessions.clients();
    clients.left(facts(2_000), new ClientState.Departure("CONNECTION_LOST", 5_000));
    clients.left(facts(1_000), new ClientState.Departure("DUPLICATE_CLIENTID", 5_001));
    assertThat(done(clients.state("pump")))
        .map(ClientState::departure)
        .contains(new ClientState.Departure("CONNECTION_LOST", 5_000));
  }

  private static ConnectionFacts facts(long sinceMillis) {
    return new ConnectionFacts("pump", null, false, 0, 60, sinceMillis, null, null);
  }

  @Test
  void aConnectionThatEndsWhileItIsAskedIsOffline() {
    Reader reader = new Reader(); // tells no facts
    open("pump", true, 600, reader);
    assertThat(done(sessions.clients().state("pump")).map(ClientState::connected))
        .isEqualTo(Optional.of(false));
  }

  @Test
  void aDirectMessageIsHandedToTheConnectionAlone() {
    Reader reader = new Reader();
    open("pump", true, 0, reader);
    var outcome = sessions.clients().send("pump", publication(1, null), Duration.ofHours(1));
    simulation.run();
    assertThat(reader.direct).hasSize(1);
    assertThat(outcome).isNotDone();
    reader.direct.get(0).done();
    assertThat(outcome).isCompletedWithValue(DirectMessage.Outcome.DELIVERED);
    assertThat(sessions.counters().directDelivered.sum()).isEqualTo(1);
  }

  @Test
  void whatBecomesOfADirectMessageIsNeverMoreThanWasSaidFirst() {
    DirectMessage expired = new DirectMessage(new Shipment(publication(1, null)));
    expired.expired();
    expired.done();
    assertThat(expired.outcome()).isCompletedWithValue(DirectMessage.Outcome.UNCONFIRMED);
    assertThat(expired.isWanted()).isFalse();
  }
}
