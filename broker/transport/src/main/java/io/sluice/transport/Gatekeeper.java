package io.sluice.transport;

import io.sluice.message.TopicName;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who may come in, and what a client may do. Two implementations: identity's policies, and the open
 * door of {@code --dev}'s plain listeners.
 *
 * <p>Threads: every method is called on event loops and returns at once, without disk and without
 * waiting; only what {@link #admit} answers may take its time.
 */
public interface Gatekeeper {

  /**
   * Decides about a CONNECT.
   *
   * <p>The answer may come later and on any thread: a decision that asks somebody else (an HTTP
   * authorizer, a slow hash of a password) does so on a thread of its own. Meanwhile the client
   * waits and is not read, and the CONNECT timeout runs on. A future that fails refuses the client
   * as "server unavailable".
   */
  CompletableFuture<Admission> admit(Applicant applicant);

  /**
   * Calls back, on any thread, when the principal may no longer be connected at all, or its
   * permissions changed.
   */
  void onChange(Consumer<String> principal);

  /** What becomes of a CONNECT. */
  sealed interface Admission {
    /**
     * The client may come in.
     *
     * @param principal certificate id or user; null when anonymous
     * @param thingName the thing it is, if it is one
     */
    record Admitted(@Nullable String principal, @Nullable String thingName, Permissions permissions)
        implements Admission {}

    /**
     * The client may not come in.
     *
     * @param reason a fixed word for counters
     * @param explanation one sentence for the operator, without secrets
     */
    record Refused(Cause cause, String reason, String explanation) implements Admission {}
  }

  /** Why a client may not come in: decides the reason code. */
  enum Cause {
    /** Who it is could not be established. */
    BAD_CREDENTIALS,
    /** It is known and may not. */
    NOT_AUTHORIZED
  }

  /** What one connection may do; follows changes of policies by itself. */
  interface Permissions {
    boolean mayPublish(TopicName topic, boolean retain);

    /** The filter as text, with {@code $share/...} if it has that. */
    boolean maySubscribe(String filter);

    boolean mayReceive(TopicName topic);

    /** The thing that the connection is, for its lifecycle events; null when it is none. */
    default @Nullable String thingName() {
      return null;
    }

    /**
     * Whether the connection must end: its certificate was revoked, or it may no longer connect.
     */
    boolean isRevoked();
  }
}
