package io.sluice.credentials;

/** The users file, or what shall go into it, is not as it must be; the sentence says what to do. */
public final class UsersRefused extends RuntimeException {
  UsersRefused(String message) {
    super(message, null, false, false);
  }
}
