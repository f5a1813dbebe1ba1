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
   *
   * <p>A client that asks for enhanced authentication is asked about twice when the first answer is
   * {@link Admission.ProveFirst}: then, and with {@link Applicant#provenUser} when it has
   * succeeded.
   */
  CompletableFuture<Admission> admit(Applicant applicant);

  /**
   * Calls back, on any thread, when the principal may no longer be connected at all, or its
   * permissions changed.
   */
  void onChange(Consumer<String> principal);

  /**
   * Decides about the HTTP request that opens a WebSocket, before it is answered: on the event
   * loop, at once. What cannot be judged that quickly waits for {@link #admit}.
   *
   * @return null to let it on; else it is answered with 403
   */
  default Admission.@Nullable Refused judge(HttpUpgrade upgrade, String sourceIp) {
    return null;
  }

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

    /** Its enhanced authentication has to succeed before it can be decided about. */
    record ProveFirst() implements Admission {}
  }

  /** Why a client may not come in: decides the reason code. */
  enum Cause {
    /** Who it is could not be established. */
    BAD_CREDENTIALS,
    /** It is known and may not. */
    NOT_AUTHORIZED,
    /** Too many others wait for a decision. */
    BUSY,
    /** Whoever has to be asked does not answer. */
    UNAVAILABLE
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

    /**
     * Until when the connection may last, of the wall clock: the end of a token, say. It is asked
     * for again when that time has come; {@link Long#MAX_VALUE}: without end.
     */
    default long endsMillis() {
      return Long.MAX_VALUE;
    }

    /** Whether a custom authorizer has set that end: presence events have a word of their own. */
    default boolean endsByAuthorizer() {
      return false;
    }
  }
}
