package io.sluice.identity;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * What a policy can allow or deny, and the kind of resource it is asked about. Source: AWS IoT
 * Developer Guide, "AWS IoT Core policy actions".
 */
public enum Action {
  CONNECT("iot:Connect", "client/"),
  PUBLISH("iot:Publish", "topic/"),
  RETAIN_PUBLISH("iot:RetainPublish", "topic/"),
  SUBSCRIBE("iot:Subscribe", "topicfilter/"),
  RECEIVE("iot:Receive", "topic/"),
  GET_RETAINED_MESSAGE("iot:GetRetainedMessage", "topic/"),
  /** Has no resource of its own: it is asked about {@code *}. */
  LIST_RETAINED_MESSAGES("iot:ListRetainedMessages", ""),
  GET_THING_SHADOW("iot:GetThingShadow", "thing/"),
  UPDATE_THING_SHADOW("iot:UpdateThingShadow", "thing/"),
  DELETE_THING_SHADOW("iot:DeleteThingShadow", "thing/"),
  LIST_NAMED_SHADOWS_FOR_THING("iot:ListNamedShadowsForThing", "thing/"),
  DESCRIBE_JOB_EXECUTION("iot:DescribeJobExecution", "thing/"),
  GET_PENDING_JOB_EXECUTIONS("iot:GetPendingJobExecutions", "thing/"),
  START_NEXT_PENDING_JOB_EXECUTION("iot:StartNextPendingJobExecution", "thing/"),
  UPDATE_JOB_EXECUTION("iot:UpdateJobExecution", "thing/"),
  ASSUME_ROLE_WITH_CERTIFICATE("iot:AssumeRoleWithCertificate", "rolealias/"),
  DELETE_CONNECTION("iot:DeleteConnection", "client/"),
  GET_CONNECTION("iot:GetConnection", "client/"),
  LIST_SUBSCRIPTIONS("iot:ListSubscriptions", "client/"),
  SEND_DIRECT_MESSAGE("iot:SendDirectMessage", "client/");

  private final String policyName;
  private final String resourceKind;

  Action(String policyName, String resourceKind) {
    this.policyName = policyName;
    this.resourceKind = resourceKind;
  }

  /** As policies write it: {@code iot:Publish}. */
  public String policyName() {
    return policyName;
  }

  /** The start of the resource behind the account: {@code topic/}; empty when it has none. */
  public String resourceKind() {
    return resourceKind;
  }

  /** Whether its resource is a topic name or a topic filter, whose levels are parted by '/'. */
  boolean isAboutTopics() {
    return resourceKind.startsWith("topic");
  }

  /**
   * The actions a policy's {@code Action} stands for; names are compared without case, as in IAM.
   */
  static Set<Action> matching(String pattern) {
    Glob glob = PolicyText.parse(pattern.toLowerCase(Locale.ROOT), false).glob(name -> null);
    Set<Action> matching = EnumSet.noneOf(Action.class);
    for (Action action : values()) {
      if (glob != null && glob.matches(action.policyName.toLowerCase(Locale.ROOT))) {
        matching.add(action);
      }
    }
    return matching;
  }

  @Override
  public String toString() {
    return policyName;
  }
}
