package io.sluice.transport;

import io.netty.channel.ChannelHandlerContext;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.session.Sessions;
import io.sluice.transport.ConnectRefused.Fault;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives one client that sent a well-formed CONNECT: who it is, whether it may come in and leave
 * the will it brought, and which session is its own. Ends in {@link ConnectGate#hand} or {@link
 * ConnectGate#refuse}. Event loop only.
 */
final class Reception {
  private static final Logger LOG = LoggerFactory.getLogger(Reception.class);

  private final Broker broker;
  private final FrontSettings settings;
  private final @Nullable EnhancedAuthentication authentication; // null: none asked for, or unknown
  private final Gatekeeper gatekeeper;
  private final Loop loop;
  private final ConnectGate gate;
  private final ChannelHandlerContext ctx;
  private final ConnectPacket connect;
  private final boolean assigned;
  private final String clientId;
  private @Nullable AuthenticationTalk talk;
  private @Nullable Applied applied; // while it authenticates
  private @Nullable Applicant unproven; // while it authenticates before it is decided about
  private @Nullable Identified proof; // once it has
  private boolean waitsForAuth;

  /** What a client gets that comes in. */
  record Entry(Client client, boolean sessionPresent, Packets.ConnackProperties told) {}

  /** What the gatekeeper has granted. */
  private record Applied(
      Origin origin, @Nullable Will will, Gatekeeper.Admission.Admitted admitted) {}

  Reception(
      Front front,
      Gatekeeper gatekeeper,
      Loop loop,
      ConnectGate gate,
      ChannelHandlerContext ctx,
      ConnectPacket connect) {
    this.broker = front.broker();
    this.settings = front.settings();
    this.authentication =
        settings.methods().stream()
            .filter(method -> method.method().equals(connect.properties().authenticationMethod()))
            .findFirst()
            .orElse(null);
    this.gatekeeper = gatekeeper;
    this.loop = loop;
    this.gate = gate;
    this.ctx = ctx;
    this.connect = connect;
    this.assigned = connect.clientId().isEmpty();
    this.clientId = assigned ? ClientIds.assigned(broker.limits()) : connect.clientId();
  }

  /** Whether the client waits for us, rather than we for it. */
  boolean isOurTurn() {
    return !waitsForAuth;
  }

  void begin() throws ConnectRefused {
    if (settings.serverMoved()) {
      throw new ConnectRefused(
          Fault.SERVER_MOVED,
          "server_moved",
          "this gateway has moved; connect to '%s'".formatted(settings.serverReference()));
    }
    checkClientId();
    if (connect.properties().authenticationMethod() != null && authentication == null) {
      throw new ConnectRefused(
          Fault.AUTHENTICATION_METHOD,
          "authentication_method",
          "the authentication method is not offered; connect with a certificate alone");
    }
    Applicant applicant =
        new Applicant(
            clientId,
            connect.level(),
            connect.userName(),
            connect.password(),
            Peer.certificates(ctx.pipeline()),
            Peer.address(ctx.channel()),
            Peer.serverName(ctx.channel()),
            ctx.channel().attr(HttpUpgrade.KEY).get(),
            authentication == null ? null : authentication.method(),
            connect.properties().sessionExpirySeconds() > 0,
            connect.will() == null ? null : connect.will().topic().toString(),
            null);
    ask(applicant);
  }

  private void ask(Applicant applicant) throws ConnectRefused {
    CompletableFuture<Gatekeeper.Admission> decision = gatekeeper.admit(applicant);
    if (decision.isDone()) {
      decided(applicant, decision);
    } else {
      decision.whenComplete(
          (admission, failure) ->
              loop.eventLoop().execute(() -> decidedLater(applicant, decision)));
    }
  }

  private void checkClientId() throws ConnectRefused {
    if (assigned && !connect.isV5() && (connect.level() == 3 || !connect.cleanStart())) {
      throw new ConnectRefused(
          Fault.IDENTIFIER,
          "client_id",
          "an empty client identifier needs MQTT 3.1.1 with CleanSession 1 [MQTT3-3.1.3-8]");
    }
    String fault = assigned ? null : ClientIds.fault(broker.limits(), clientId);
    if (fault != null) {
      throw new ConnectRefused(Fault.IDENTIFIER, "client_id", fault);
    }
  }

  private void decidedLater(Applicant applicant, CompletableFuture<Gatekeeper.Admission> decision) {
    if (gate.hasEnded() || !ctx.channel().isActive()) {
      return; // it did not wait, or took too long
    }
    try {
      decided(applicant, decision);
    } catch (ConnectRefused refused) {
      gate.refuse(ctx, refused);
    }
  }

  private void decided(Applicant applicant, CompletableFuture<Gatekeeper.Admission> decision)
      throws ConnectRefused {
    Gatekeeper.Admission admission;
    try {
      admission = decision.join();
    } catch (CompletionException | CancellationException failure) {
      LOG.warn("client '{}' is not let in: the decision about it failed", clientId, failure);
      throw new ConnectRefused(
          Fault.UNAVAILABLE,
          "gatekeeper_failed",
          "who the client is cannot be checked at present; try again later");
    }
    if (admission instanceof Gatekeeper.Admission.Refused refused) {
      throw new ConnectRefused(fault(refused.cause()), refused.reason(), refused.explanation());
    }
    EnhancedAuthentication known = authentication;
    if (admission instanceof Gatekeeper.Admission.ProveFirst && known != null && proof == null) {
      unproven = applicant;
      talk(known);
    }
    if (admission instanceof Gatekeeper.Admission.Admitted admitted) {
      Origin origin =
          new Origin(clientId, admitted.principal(), applicant.sourceIp(), Origin.Kind.MQTT, 0);
      Will will = will(origin);
      checkWill(will, admitted.permissions());
      Applied granted = new Applied(origin, will, admitted);
      Identified proven = proof;
      if (known == null || proven != null) {
        open(granted, proven);
        return;
      }
      applied = granted;
      talk(known);
    }
  }

  private static Fault fault(Gatekeeper.Cause cause) {
    return switch (cause) {
      case BAD_CREDENTIALS -> Fault.CREDENTIALS;
      case NOT_AUTHORIZED -> Fault.NOT_AUTHORIZED;
      case BUSY -> Fault.BUSY;
      case UNAVAILABLE -> Fault.UNAVAILABLE;
    };
  }

  private void talk(EnhancedAuthentication known) throws ConnectRefused {
    AuthenticationTalk begun = new AuthenticationTalk(known, Peer.address(ctx.channel()));
    talk = begun;
    byte[] data = connect.properties().authenticationData();
    goOn(begun.next(data == null ? new byte[0] : data), known);
  }

  /** The client has answered to our AUTH. */
  void answered(AuthPacket auth) throws ConnectRefused {
    waitsForAuth = false;
    EnhancedAuthentication known = authentication;
    AuthenticationTalk underWay = talk;
    if (known == null || underWay == null) {
      throw new AssertionError("no AUTH was sent");
    }
    if (auth.code() != AuthPacket.CONTINUE || !known.method().equals(auth.method())) {
      throw new ConnectRefused(
          Fault.PROTOCOL_ERROR,
          "wrong_auth",
          "AUTH before CONNACK has reason code 0x18 [MQTT-4.12.0-3] and the method of CONNECT"
              + " [MQTT-4.12.0-5]");
    }
    goOn(underWay.next(auth.data()), known);
  }

  private void goOn(EnhancedAuthentication.Step step, EnhancedAuthentication known)
      throws ConnectRefused {
    Applied granted = applied;
    if (step instanceof EnhancedAuthentication.Challenge challenge) {
      waitsForAuth = true;
      gate.challenge(ctx, this, known.method(), challenge.data()); // [MQTT-4.12.0-2]
    } else if (step instanceof EnhancedAuthentication.Success success) {
      Identified proven = new Identified(known, success);
      Applicant unknown = unproven;
      if (granted != null) {
        open(granted, proven);
      } else if (unknown != null) {
        proof = proven;
        ask(unknown.proven(success.user()));
      }
    } else if (step instanceof EnhancedAuthentication.Failure failure) {
      throw new ConnectRefused( // [MQTT-4.12.0-4]
          Fault.NOT_AUTHORIZED, "authentication_failed", failure.explanation());
    }
  }

  private record Identified(
      EnhancedAuthentication authentication, EnhancedAuthentication.Success success) {}

  private void checkWill(@Nullable Will will, Gatekeeper.Permissions permissions)
      throws ConnectRefused {
    if (will == null) {
      return;
    }
    Publication message = will.message();
    io.sluice.transport.Fault unfit = PublishBounds.fault(broker.limits(), message);
    if (unfit != null) {
      throw new ConnectRefused(
          Fault.of(unfit.reason()), "will_" + unfit.reason().word(), unfit.why());
    }
    if (!permissions.mayPublish(message.topic(), message.retain())) {
      throw new ConnectRefused(
          Fault.NOT_AUTHORIZED, "will_denied", "no policy allows iot:Publish on the will topic");
    }
  }

  private void open(Applied granted, @Nullable Identified identified) {
    Will will = granted.will();
    MqttConnection connection = new MqttConnection(broker, loop, ctx.channel());
    if (identified != null) {
      connection.reauthenticateWith(
          new Reauthentication(identified.authentication(), identified.success().user()));
    }
    ConnectPacket.Properties wanted = connect.properties();
    int keepAlive = keepAlive(connect.keepAliveSeconds());
    Sessions.Arrival arrival =
        new Sessions.Arrival(
            clientId,
            connect.cleanStart(),
            wanted.sessionExpirySeconds(),
            wanted.receiveMaximum(),
            will == null ? null : will.message(),
            will == null ? 0 : will.delaySeconds());
    broker
        .sessions()
        .open(arrival, connection.outlet())
        .whenComplete(
            (opened, failure) ->
                loop.eventLoop()
                    .execute(
                        () -> {
                          if (opened == null) {
                            notOpened(failure);
                            return;
                          }
                          if (gate.hasEnded() || !ctx.channel().isActive()) { // it did not wait
                            broker
                                .sessions()
                                .close(
                                    opened.session(),
                                    connection.outlet(),
                                    opened.expirySeconds(),
                                    false);
                            return;
                          }
                          Client client =
                              new Client(
                                  clientId,
                                  connect.level(),
                                  keepAlive,
                                  wanted.receiveMaximum(),
                                  wanted.packetBytesMax(),
                                  opened.expirySeconds(),
                                  wanted.topicAliasMaximum(),
                                  wanted.problemInformation(),
                                  opened.received(),
                                  will,
                                  granted.origin(),
                                  opened.session(),
                                  granted.admitted().permissions());
                          Packets.ConnackProperties told =
                              new Packets.ConnackProperties(
                                  opened.expirySeconds(),
                                  opened.expirySeconds() != wanted.sessionExpirySeconds(),
                                  assigned ? clientId : null,
                                  keepAlive == connect.keepAliveSeconds() ? 0 : keepAlive,
                                  responseInformation(),
                                  broker.limits(),
                                  identified == null
                                      ? null
                                      : new Packets.Authenticated(
                                          identified.authentication().method(),
                                          identified.success().data()));
                          gate.hand(ctx, connection, new Entry(client, opened.present(), told));
                        }));
  }

  /** A part of the topic tree for the client's responses, when it asked (5, 3.2.2.3.14). */
  private @Nullable String responseInformation() {
    boolean wanted = connect.properties().responseInformation(); // [MQTT-3.1.2-28]
    boolean isPattern = clientId.indexOf('+') >= 0 || clientId.indexOf('#') >= 0;
    return !wanted || settings.responsePrefix().isEmpty() || isPattern
        ? null
        : settings.responsePrefix() + clientId;
  }

  private @Nullable Will will(Origin origin) {
    ConnectPacket.LeftWill left = connect.will();
    if (left == null) {
      return null;
    }
    Origin gone =
        new Origin(origin.clientId(), origin.principal(), origin.sourceIp(), Origin.Kind.WILL, 0);
    return new Will(
        new Publication(
            left.topic(),
            left.payload(),
            left.qos(),
            left.retain(),
            PublishBounds.expiring(broker.limits(), left.properties()),
            gone,
            0),
        left.delaySeconds());
  }

  private void notOpened(Throwable failure) {
    if (failure instanceof CompletionException wrapped
        && wrapped.getCause() instanceof Sessions.Overtaken overtaken) {
      gate.refuse(
          ctx,
          new ConnectRefused(
              Fault.UNAVAILABLE, "overtaken", String.valueOf(overtaken.getMessage())));
      return;
    }
    LOG.warn(
        "client '{}' is not let in: its session cannot be opened: {}",
        clientId,
        failure.toString());
    gate.refuse(
        ctx,
        new ConnectRefused(
            Fault.UNAVAILABLE, "store", "the gateway's store does not answer; try again later"));
  }

  private int keepAlive(int wanted) {
    int max = broker.limits().keepAliveSecondsMax();
    if (max > 0 && (wanted == 0 || wanted > max)) {
      return max; // [MQTT-3.2.2-21]
    }
    return wanted == 0 ? 0 : Math.max(wanted, broker.limits().keepAliveSecondsMin());
  }
}
