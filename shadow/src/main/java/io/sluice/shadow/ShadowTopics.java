package io.sluice.shadow;

import io.sluice.message.Origin;
import io.sluice.message.TopicName;
import org.jspecify.annotations.Nullable;

/**
 * The topics of shadows: {@code $aws/things/T/shadow[/name/N]/{get|update|delete}} to ask, and the
 * same with {@code /accepted}, {@code /rejected}, {@code /delta}, {@code /documents} behind it to
 * be told. Source: AWS IoT Developer Guide, "Device Shadow MQTT topics".
 */
public final class ShadowTopics {
  private static final String THINGS = "$aws/things/";
  private static final int CLASSIC_LEVELS = 5;
  private static final int NAMED_LEVELS = 7;
  private static final int THING = 2;
  private static final int NAME = 5;

  private ShadowTopics() {}

  /**
   * Whether the service has to see what is published here. Hot path: most topics are refused by
   * their first character or their number of levels, and nothing is allocated.
   */
  public static boolean isRequest(TopicName topic) {
    if (!topic.isReserved()) {
      return false;
    }
    int levels = topic.levels();
    boolean shape =
        levels == CLASSIC_LEVELS || levels == NAMED_LEVELS && topic.level(NAME - 1).equals("name");
    return shape
        && topic.level(0).equals("$aws")
        && topic.level(1).equals("things")
        && topic.level(3).equals("shadow")
        && isOperation(topic.level(levels - 1));
  }

  private static boolean isOperation(String level) {
    return level.equals("update") || level.equals("get") || level.equals("delete");
  }

  /** Which shadow a topic asks about; only for one that {@link #isRequest}. */
  public static ShadowAddress address(TopicName topic) {
    return new ShadowAddress(
        topic.level(THING), topic.levels() == NAMED_LEVELS ? topic.level(NAME) : null);
  }

  /**
   * What a publication asks of the shadow service, or null when it is none of its business.
   *
   * @param payload kept, never changed
   * @param origin who published; a will is passed on, and the service ignores it
   */
  public static @Nullable ShadowRequest request(TopicName topic, byte[] payload, Origin origin) {
    if (!isRequest(topic)) {
      return null;
    }
    ShadowAddress address = address(topic);
    return switch (topic.level(topic.levels() - 1)) {
      case "get" -> new ShadowRequest.Get(address, payload, origin);
      case "update" -> new ShadowRequest.Update(address, payload, origin);
      default -> new ShadowRequest.Delete(address, payload, origin);
    };
  }

  /** What all topics of a shadow begin with, without a slash at the end. */
  static String prefix(ShadowAddress address) {
    String classic = THINGS + address.thing() + "/shadow";
    return address.name() == null ? classic : classic + "/name/" + address.name();
  }
}
