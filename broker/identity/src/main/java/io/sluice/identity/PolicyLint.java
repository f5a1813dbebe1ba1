package io.sluice.identity;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * Looks for what a policy's author will not have meant: well-formed policies that match nothing, or
 * everything. Never refuses anything.
 */
public final class PolicyLint {
  private static final List<String> TOPIC_ACTIONS =
      List.of("iot:publish", "iot:receive", "iot:retainpublish");

  /** What was found; the word is for programs. */
  public enum Code {
    /** Every action on every resource. */
    ALLOWS_EVERYTHING,
    /** Any client identifier may connect, also another device's. */
    ALLOWS_ANY_CLIENT,
    /** Subscribe with a {@code topic/} resource. */
    TOPIC_INSTEAD_OF_TOPIC_FILTER,
    /** Publish or receive with a {@code topicfilter/} resource. */
    TOPIC_FILTER_INSTEAD_OF_TOPIC,
    /** {@code +} or {@code #} in a {@code topic/} resource. */
    MQTT_WILDCARD_IN_TOPIC,
    /** A resource that none of the statement's actions is ever asked about. */
    NEVER_MATCHES,
    /** An action that no device is ever asked about. */
    UNKNOWN_ACTION,
    /** {@code ${...}} in a document whose version has no variables. */
    VARIABLE_WITHOUT_VERSION,
    /** A variable or the key of a condition that nobody has a value for. */
    UNKNOWN_VARIABLE
  }

  /**
   * One finding.
   *
   * @param statement {@code statement 2 ('AllowConnect')}
   * @param sentence what is there and what to write instead
   */
  public record Warning(Code code, String statement, String sentence) {
    @Override
    public String toString() {
      return statement + ": " + sentence;
    }
  }

  private final Arns arns;
  private final List<Warning> warnings = new ArrayList<>();

  private PolicyLint(Arns arns) {
    this.arns = arns;
  }

  /**
   * All findings, in the order of the statements.
   *
   * @throws MalformedPolicyException when it is no policy
   */
  public static List<Warning> of(String document, Arns arns) {
    PolicyLint lint = new PolicyLint(arns);
    PolicyDocument.parse(document).statements().forEach(lint::look);
    return lint.warnings;
  }

  private void warn(Code code, Statement statement, String sentence) {
    warnings.add(new Warning(code, statement.label(), sentence));
  }

  private void look(Statement statement) {
    lookAtActions(statement);
    lookAtVariables(statement);
    boolean allow = statement.effect() == Statement.Effect.ALLOW;
    boolean everyAction =
        statement.actions().stream()
            .anyMatch(action -> Set.of("*", "iot:*").contains(action.toLowerCase(Locale.ROOT)));
    for (PolicyText resource : statement.resources()) {
      String text = resource.toString();
      boolean everyResource =
          text.equals("*") || text.equals(arns.resource(Action.LIST_RETAINED_MESSAGES, "*"));
      if (allow && everyAction && everyResource && statement.conditions().isEmpty()) {
        warn(
            Code.ALLOWS_EVERYTHING,
            statement,
            "allows every action on every resource: each holder may read and write the whole fleet; name actions and resources");
        continue;
      }
      if (allow
          && statement.appliesTo().contains(Action.CONNECT)
          && (everyResource || text.endsWith(":client/*"))
          && statement.conditions().isEmpty()) {
        warn(
            Code.ALLOWS_ANY_CLIENT,
            statement,
            "resource '%s' lets a device connect with any client identifier and take over another's session; write client/${iot:Connection.Thing.ThingName}"
                .formatted(text));
      }
      lookAtResource(statement, resource);
    }
  }

  private void lookAtActions(Statement statement) {
    for (String action : statement.actions()) {
      if (Action.matching(action).isEmpty()) {
        warn(
            Code.UNKNOWN_ACTION,
            statement,
            "action '%s' is none that a device is asked about; use iot:Connect, iot:Publish, iot:Subscribe, iot:Receive, iot:RetainPublish or a shadow action"
                .formatted(action));
      }
    }
  }

  private void lookAtVariables(Statement statement) {
    Set<String> unknown = new TreeSet<>();
    statement.resources().forEach(text -> unknown.addAll(text.variables()));
    for (Condition condition : statement.conditions()) {
      unknown.add(condition.key());
      condition.values().forEach(text -> unknown.addAll(text.variables()));
    }
    unknown.removeIf(PolicyVariables::isKnown);
    for (String name : unknown) {
      warn(
          Code.UNKNOWN_VARIABLE,
          statement,
          "'%s' has a value for nobody, so %s; check its spelling (names of a certificate's parts are as AWS IoT writes them: iot:Certificate.Subject.CommonName)"
              .formatted(
                  name,
                  statement.effect() == Statement.Effect.DENY
                      ? "this Deny may never deny"
                      : "resources with it never match, and conditions are met or not for all alike"));
    }
  }

  private void lookAtResource(Statement statement, PolicyText resource) {
    String text = resource.toString();
    if (resource.variables().isEmpty() && text.contains("${")) {
      String inside = text.substring(text.indexOf("${") + 2);
      if (!inside.startsWith("*}") && !inside.startsWith("?}") && !inside.startsWith("$}")) {
        warn(
            Code.VARIABLE_WITHOUT_VERSION,
            statement,
            "resource '%s' has a variable, but without \"Version\":\"2012-10-17\" these are ordinary characters; add the version"
                .formatted(text));
        return;
      }
    }
    boolean topic = text.contains(":topic/");
    if (topic && (text.indexOf('#') >= 0 || text.indexOf('+') >= 0)) {
      warn(
          Code.MQTT_WILDCARD_IN_TOPIC,
          statement,
          "resource '%s' has '#' or '+', which are ordinary characters in policies; write '*'"
              .formatted(text));
    }
    if (topic
        && names(statement, List.of("iot:subscribe"))
        && !hasKind(statement, "topicfilter/")) {
      warn(
          Code.TOPIC_INSTEAD_OF_TOPIC_FILTER,
          statement,
          "iot:Subscribe is asked about topicfilter/, and resource '%s' says topic/; write topicfilter/ for it"
              .formatted(text));
      return;
    }
    if (text.contains(":topicfilter/")
        && names(statement, TOPIC_ACTIONS)
        && !hasKind(statement, "topic/")) {
      warn(
          Code.TOPIC_FILTER_INSTEAD_OF_TOPIC,
          statement,
          "%s is asked about topic/, and resource '%s' says topicfilter/; write topic/ for it"
              .formatted(statement.actions(), text));
      return;
    }
    if (!statement.appliesTo().isEmpty() && !canMatch(resource, statement.appliesTo())) {
      warn(
          Code.NEVER_MATCHES,
          statement,
          "resource '%s' is none that %s is asked about here; such a resource begins with %s"
              .formatted(text, statement.actions(), kinds(statement.appliesTo())));
    }
  }

  private static boolean names(Statement statement, List<String> actions) {
    return statement.actions().stream()
        .anyMatch(action -> actions.contains(action.toLowerCase(Locale.ROOT)));
  }

  /** Whether one of its resources is of this kind, or of any. */
  private static boolean hasKind(Statement statement, String kind) {
    return statement.resources().stream()
        .map(PolicyText::toString)
        .anyMatch(text -> text.contains(":" + kind) || text.equals("*"));
  }

  private boolean canMatch(PolicyText resource, Set<Action> actions) {
    Glob glob = resource.glob(name -> "x");
    return glob == null
        || actions.stream().anyMatch(action -> !glob.after(arns.prefix(action)).isEmpty());
  }

  private Set<String> kinds(Set<Action> actions) {
    Set<String> kinds = new TreeSet<>();
    EnumSet.copyOf(actions).forEach(action -> kinds.add(arns.prefix(action)));
    return kinds;
  }
}
