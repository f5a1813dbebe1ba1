package io.sluice.sim;

import com.hivemq.client.mqtt.exceptions.ConnectionClosedException;
import com.hivemq.client.mqtt.exceptions.ConnectionFailedException;
import com.hivemq.client.mqtt.exceptions.MqttSessionExpiredException;
import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3ConnAckException;
import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3SubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubRecException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import java.net.ConnectException;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What went wrong, in few different words, so that equal mishaps are counted together. */
final class FailureReason {
  private static final int WORDS_MAX = 120;

  private FailureReason() {}

  static String of(Throwable failure) {
    Throwable cause = failure;
    while (isWrapper(cause) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof BenchLink.LinkRefused refused) {
      return firstWords(refused.getMessage());
    } else if (cause instanceof Mqtt3ConnAckException refused) {
      return "CONNECT refused: " + words(refused.getMqttMessage().getReturnCode());
    } else if (cause instanceof Mqtt5ConnAckException refused) {
      return "CONNECT refused: " + words(refused.getMqttMessage().getReasonCode());
    } else if (cause instanceof Mqtt5DisconnectException ended) {
      return "disconnected: " + words(ended.getMqttMessage().getReasonCode());
    } else if (cause instanceof Mqtt5PubAckException refused) {
      return "PUBLISH refused: " + words(refused.getMqttMessage().getReasonCode());
    } else if (cause instanceof Mqtt5PubRecException refused) {
      return "PUBLISH refused: " + words(refused.getMqttMessage().getReasonCode());
    } else if (cause instanceof Mqtt5SubAckException || cause instanceof Mqtt3SubAckException) {
      return "SUBSCRIBE refused";
    } else if (cause instanceof MqttSessionExpiredException) {
      return "session ended with the connection";
    } else if (isReset(cause)) {
      return "connection reset";
    } else if (cause instanceof ConnectException) {
      return "connection refused: nothing listens there";
    } else if (cause instanceof SSLException) {
      return "TLS: " + firstWords(cause.getMessage());
    } else if (cause instanceof ConnectionClosedException) {
      return "connection closed: " + firstWords(cause.getMessage());
    }
    return "%s: %s".formatted(cause.getClass().getSimpleName(), firstWords(cause.getMessage()));
  }

  /** Each transport words it its own way, and the client wraps some of them. */
  private static boolean isReset(Throwable failure) {
    return failure.getMessage() != null && failure.getMessage().contains("Connection reset");
  }

  private static boolean isWrapper(Throwable failure) {
    return failure instanceof CompletionException
        || failure instanceof ExecutionException
        || failure instanceof ConnectionFailedException
        || failure.getClass().getSimpleName().equals("DecoderException");
  }

  private static String words(Enum<?> code) {
    return code.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String firstWords(@Nullable String message) {
    String line = message == null ? "no details" : message.lines().findFirst().orElse("");
    return line.length() <= WORDS_MAX ? line : line.substring(0, WORDS_MAX) + "...";
  }
}
