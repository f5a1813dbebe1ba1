package io.sluice.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The properties of MQTT 5 that travel with a publication to its receivers, unaltered. Subscription
 * identifiers and topic aliases belong to one delivery, not to the publication.
 *
 * @param payloadFormatIndicator 1: the payload is UTF-8 text, 0: unspecified bytes, null: not sent
 *     [MQTT-3.3.2-4]
 * @param messageExpirySeconds lifetime from {@link Publication#stampMicros()} on, null: none
 *     [MQTT-3.3.2-5]
 * @param contentType null: not sent [MQTT-3.3.2-20]
 * @param responseTopic a topic name, null: not sent [MQTT-3.3.2-15]
 * @param correlationData not copied: nobody may change it; null: not sent [MQTT-3.3.2-16]
 * @param userProperties in their order [MQTT-3.3.2-17] [MQTT-3.3.2-18]
 */
public record PublishProperties(
    @Nullable Integer payloadFormatIndicator,
    @Nullable Long messageExpirySeconds,
    @Nullable String contentType,
    @Nullable String responseTopic,
    byte @Nullable [] correlationData,
    List<UserProperty> userProperties) {

  /** No property at all. */
  public static final PublishProperties NONE =
      new PublishProperties(null, null, null, null, null, List.of());

  // Written out: javac 17 loses the @Nullable of an array in a compact constructor, and other
  // rooms' checks with it.
  public PublishProperties(
      @Nullable Integer payloadFormatIndicator,
      @Nullable Long messageExpirySeconds,
      @Nullable String contentType,
      @Nullable String responseTopic,
      byte @Nullable [] correlationData,
      List<UserProperty> userProperties) {
    this.payloadFormatIndicator = payloadFormatIndicator;
    this.messageExpirySeconds = messageExpirySeconds;
    this.contentType = contentType;
    this.responseTopic = responseTopic;
    this.correlationData = correlationData;
    this.userProperties = List.copyOf(userProperties);
  }

  /** Whether there is nothing to encode. */
  public boolean isEmpty() {
    return payloadFormatIndicator == null
        && messageExpirySeconds == null
        && contentType == null
        && responseTopic == null
        && correlationData == null
        && userProperties.isEmpty();
  }
}
