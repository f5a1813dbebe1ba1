package io.sluice.gateway;

import io.sluice.message.TopicFilter;
import io.sluice.message.TopicName;
import io.sluice.transport.Applicant;
import io.sluice.transport.Gatekeeper;
import io.sluice.transport.HttpUpgrade;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the operator denies to everybody, on every listener, whoever they are: asked before the
 * gatekeeper behind it. Any thread.
 *
 * @param publish nobody publishes to a topic that one of these matches
 * @param subscribe nobody subscribes with a filter that one of these covers; a wider one is taken
 * @param receive nobody gets what is published to a topic that one of these matches
 */
record DenyList(List<TopicFilter> publish, List<TopicFilter> subscribe, List<TopicFilter> receive) {
  private static final String SHARE = "$share/";
  private static final String EXCLUSIVE = "$exclusive/";

  DenyList {
    publish = List.copyOf(publish);
    subscribe = List.copyOf(subscribe);
    receive = List.copyOf(receive);
  }

  static DenyList of(GatewayConfig config) {
    return new DenyList(
        config.filters(Setting.DENY_PUBLISH),
        config.filters(Setting.DENY_SUBSCRIBE),
        config.filters(Setting.DENY_RECEIVE));
  }

  /** The gatekeeper with this before it; that itself when nothing is denied. */
  Gatekeeper before(Gatekeeper behind) {
    boolean nothing = publish.isEmpty() && subscribe.isEmpty() && receive.isEmpty();
    return nothing ? behind : new Before(behind);
  }

  private final class Before implements Gatekeeper {
    private final Gatekeeper behind;

    Before(Gatekeeper behind) {
      this.behind = behind;
    }

    @Override
    public CompletableFuture<Admission> admit(Applicant applicant) {
      return behind.admit(applicant).thenApply(this::narrowed);
    }

    @Override
    public Admission.@Nullable Refused judge(HttpUpgrade upgrade, String sourceIp) {
      return behind.judge(upgrade, sourceIp);
    }

    private Admission narrowed(Admission admission) {
      return admission instanceof Admission.Admitted admitted
          ? new Admission.Admitted(
              admitted.principal(), admitted.thingName(), new Narrowed(admitted.permissions()))
          : admission;
    }

    @Override
    public void onChange(Consumer<String> principal) {
      behind.onChange(principal);
    }
  }

  /** Permissions without what is denied. */
  private final class Narrowed implements Gatekeeper.Permissions {
    private final Gatekeeper.Permissions granted;

    Narrowed(Gatekeeper.Permissions granted) {
      this.granted = granted;
    }

    @Override
    public boolean mayPublish(TopicName topic, boolean retain) {
      return !matches(publish, topic) && granted.mayPublish(topic, retain);
    }

    @Override
    public boolean maySubscribe(String filter) {
      return !covers(filter) && granted.maySubscribe(filter);
    }

    @Override
    public boolean mayReceive(TopicName topic) {
      return !matches(receive, topic) && granted.mayReceive(topic);
    }

    @Override
    public @Nullable String thingName() {
      return granted.thingName();
    }

    @Override
    public boolean isRevoked() {
      return granted.isRevoked();
    }

    @Override
    public long endsMillis() {
      return granted.endsMillis();
    }

    @Override
    public boolean endsByAuthorizer() {
      return granted.endsByAuthorizer();
    }
  }

  private static boolean matches(List<TopicFilter> denied, TopicName topic) {
    for (int i = 0; i < denied.size(); i++) { // on every publication: no iterator
      if (denied.get(i).matches(topic)) {
        return true;
      }
    }
    return false;
  }

  private boolean covers(String text) {
    if (subscribe.isEmpty()) {
      return false;
    }
    TopicFilter filter = TopicFilter.of(topics(text));
    return subscribe.stream().anyMatch(denied -> denied.covers(filter));
  }

  /** The filter without the prefix of a shared or exclusive subscription. */
  private static String topics(String text) {
    if (text.startsWith(SHARE)) {
      int slash = text.indexOf('/', SHARE.length());
      return slash < 0 ? text : text.substring(slash + 1);
    }
    return text.startsWith(EXCLUSIVE) ? text.substring(EXCLUSIVE.length()) : text;
  }
}
