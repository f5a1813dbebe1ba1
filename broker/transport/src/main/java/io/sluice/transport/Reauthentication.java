package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets a connected client authenticate anew (section 4.12.1), with the method and as the user of
 * its CONNECT. Other packets go on meanwhile; an exchange must end within the time that a CONNECT
 * has. Event loop only.
 */
final class Reauthentication {
  private final EnhancedAuthentication authentication;
  private final String user;
  private @Nullable AuthenticationTalk talk; // null: none under way
  private @Nullable ScheduledFuture<?> timeout;

  Reauthentication(EnhancedAuthentication authentication, String user) {
    this.authentication = authentication;
    this.user = user;
  }

  /** Reads an AUTH; writes the answer to {@code out}, or closes the connection. */
  void read(
      MqttMessage message, MqttConnection connection, Client client, ByteBuf out, int millisMax) {
    AuthPacket auth = packet(message);
    AuthenticationTalk underWay = talk;
    if (!authentication.method().equals(auth.method())) {
      connection.close(
          Reason.PROTOCOL_ERROR, "AUTH with another method than CONNECT [MQTT-4.12.1-1]");
    } else if (auth.code() == AuthPacket.AGAIN && underWay == null) {
      talk = new AuthenticationTalk(authentication, client.origin().sourceIp());
      timeout =
          connection
              .loop()
              .eventLoop()
              .schedule(
                  () -> failed(connection, "it did not authenticate again in time"),
                  millisMax,
                  TimeUnit.MILLISECONDS);
      answer(talk.next(auth.data()), connection, client, out);
    } else if (auth.code() == AuthPacket.CONTINUE && underWay != null) {
      answer(underWay.next(auth.data()), connection, client, out);
    } else {
      connection.close(
          Reason.PROTOCOL_ERROR,
          "AUTH with reason code 0x%02X, which is out of turn".formatted(auth.code()));
    }
  }

  /** The connection has ended. */
  void end() {
    talk = null;
    if (timeout != null) {
      timeout.cancel(false);
    }
  }

  private void answer(
      EnhancedAuthentication.Step step, MqttConnection connection, Client client, ByteBuf out) {
    if (step instanceof EnhancedAuthentication.Challenge challenge) {
      send(AuthPacket.CONTINUE, challenge.data(), connection, client, out);
    } else if (step instanceof EnhancedAuthentication.Success success) {
      if (!success.user().equals(user)) {
        failed(connection, "it authenticates as another user than at CONNECT");
        return;
      }
      end();
      send(AuthPacket.SUCCESS, success.data(), connection, client, out);
    } else if (step instanceof EnhancedAuthentication.Failure failure) {
      failed(connection, failure.explanation());
    }
  }

  private void send(int code, byte[] data, MqttConnection connection, Client client, ByteBuf out) {
    if (!Packets.auth5(out, code, authentication.method(), data, client.packetBytesMax())) {
      connection.close(
          Reason.PACKET_TOO_LARGE, "AUTH is larger than the client takes [MQTT-3.1.2-24]");
    }
  }

  private void failed(MqttConnection connection, String why) {
    end();
    connection.close(Reason.NOT_AUTHORIZED, why + " [MQTT-4.12.1-2]");
  }

  private static AuthPacket packet(MqttMessage message) {
    if (message.variableHeader() instanceof MqttReasonCodeAndPropertiesVariableHeader header) {
      byte[] data = Properties5.bytes(header.properties(), MqttProperties.AUTHENTICATION_DATA);
      return new AuthPacket(
          header.reasonCode() & 0xFF,
          Properties5.text(header.properties(), MqttProperties.AUTHENTICATION_METHOD),
          data == null ? new byte[0] : data);
    }
    return new AuthPacket(AuthPacket.SUCCESS, null, new byte[0]);
  }
}
