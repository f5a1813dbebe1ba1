package io.sluice.api;

/** Who sent a request, as proved. */
sealed interface Caller {
  /** What rules and shadow histories know the caller by. */
  String principal();

  /**
   * Whether the data plane is open to the caller for this. Key holders are asked for their role
   * before, so they may.
   *
   * @param action as in policies, {@code iot:GetThingShadow}
   * @param resource what follows the account in its ARN, {@code thing/lamp}
   */
  boolean may(String action, String resource);

  /** The holder of an access key: an operator or a back end. Its role decides, no policy does. */
  record KeyHolder(AccessKey key) implements Caller {
    @Override
    public String principal() {
      return key.id();
    }

    @Override
    public boolean may(String action, String resource) {
      return true;
    }
  }

  /**
   * A device that showed its certificate.
   *
   * @param principal the certificate id
   */
  record Device(String principal, Permissions permissions) implements Caller {
    @Override
    public boolean may(String action, String resource) {
      return permissions.allow(action, resource);
    }
  }

  /** What a device's policies say; default deny. Any thread, never blocks. */
  @FunctionalInterface
  interface Permissions {
    boolean allow(String action, String resource);
  }
}
