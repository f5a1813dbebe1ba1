package io.sluice.api;

/** Who sent a request, as proved. */
sealed interface Caller {
  /** What rules and shadow histories know the caller by. */
  String principal();

  /** The holder of an access key: an operator or a back end. Its role decides, no policy does. */
  record KeyHolder(AccessKey key) implements Caller {
    @Override
    public String principal() {
      return key.id();
    }
  }
}
