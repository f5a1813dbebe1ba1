package io.sluice.api;

import io.sluice.identity.Action;
import io.sluice.identity.ConnectionPermissions;

/** Who sent a request, as proved. */
sealed interface Caller {
  /** What rules, shadow histories and queues know the caller by. */
  String principal();

  /**
   * Whether the data plane is open to the caller for this. Key holders are asked for their role
   * before, so they may.
   *
   * @param name what stands behind the action's kind of resource, {@code lamp} in {@code
   *     thing/lamp}
   */
  boolean may(Action action, String name);

  /** The same caller, for a request about a topic: what policies know as {@code iot:Topic}. */
  default Caller about(String topic) {
    return this;
  }

  /** The holder of an access key: an operator or a back end. Its role decides, no policy does. */
  record KeyHolder(AccessKey key) implements Caller {
    @Override
    public String principal() {
      return key.id();
    }

    @Override
    public boolean may(Action action, String name) {
      return true;
    }
  }

  /** Nobody we know, with a token that the operation itself checks. */
  record TokenHolder() implements Caller {
    @Override
    public String principal() {
      return "token";
    }

    @Override
    public boolean may(Action action, String name) {
      return false;
    }
  }

  /**
   * Somebody whose policies decide: a device that showed its certificate, or who a token or a
   * custom authorizer vouches for.
   *
   * @param principal the certificate id, {@code authorizer/ann}, {@code jwt/ann}
   */
  record Governed(String principal, ConnectionPermissions permissions) implements Caller {
    @Override
    public boolean may(Action action, String name) {
      return permissions.allows(action, name);
    }

    @Override
    public Caller about(String topic) {
      return new Governed(principal, permissions.about(topic));
    }
  }
}
