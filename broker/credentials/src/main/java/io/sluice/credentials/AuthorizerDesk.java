package io.sluice.credentials;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sluice.identity.Bearer;
import io.sluice.identity.Grant;
import io.sluice.store.Clock;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks custom authorizers, and asks again while their clients stay. Never on the caller's thread.
 * An authorizer that fails five times in a row is not asked for ten seconds, and others are; so
 * many clients wait and no more. Any thread.
 */
public final class AuthorizerDesk {
  private static final String PRINCIPALS = "authorizer/";
  private static final Duration TIMEOUT = Duration.ofSeconds(5); // as AWS IoT
  private static final int BYTES_MAX = 64 << 10;
  private static final long RETRY_MILLIS = 30_000;
  private static final int CACHED_MAX = 10_000;
  private static final int CIRCUITS_MAX = 1_000;

  private final Authorizers authorizers;
  private final Waiting waiting;
  private final Asker asker;
  private final Clock clock;
  private final Consumer<String> onChange;
  private final @Nullable Cache<String, AuthorizerAnswer> cache; // null: off
  private final HttpAnswers httpAnswers;
  private final Cache<String, Circuit> circuits =
      Caffeine.newBuilder().maximumSize(CIRCUITS_MAX).build();

  /** Reaches authorizers, and decides which addresses may be reached. */
  @FunctionalInterface
  public interface Asker {
    /**
     * Posts JSON and reads JSON; waits for the whole answer, so never on an event loop.
     *
     * @param timeout for all of it
     * @throws AuthorizerAnswer.Unusable when there is none; the sentence says why
     */
    JsonNode ask(URI url, JsonNode body, Duration timeout, int bytesMax);
  }

  /**
   * @param cacheSeconds how long an answer is good for the same question; 0: not at all
   * @param onChange is told of a principal whose policies have changed
   */
  public AuthorizerDesk(
      Authorizers authorizers,
      Waiting waiting,
      Asker asker,
      Clock clock,
      int cacheSeconds,
      Consumer<String> onChange) {
    this.authorizers = authorizers;
    this.waiting = waiting;
    this.asker = asker;
    this.clock = clock;
    this.onChange = onChange;
    this.httpAnswers = new HttpAnswers(clock);
    this.cache =
        cacheSeconds == 0
            ? null
            : Caffeine.newBuilder()
                .maximumSize(CACHED_MAX)
                .expireAfterWrite(Duration.ofSeconds(cacheSeconds))
                .build();
  }

  /** Whether a principal is one whom a custom authorizer let in. */
  public static boolean isPrincipal(String principal) {
    return principal.startsWith(PRINCIPALS);
  }

  public Authorizers authorizers() {
    return authorizers;
  }

  /** Decides about a client of MQTT. */
  public CompletableFuture<Proof> prove(AuthorizerDefinition asked, AuthorizerQuestion question) {
    return asked.active()
        ? waiting.enter(() -> decide(asked, question, body -> answer(asked, body)))
        : inactive(asked);
  }

  /**
   * Decides about a request over HTTP: anew for each, or once until the answer wants to be
   * refreshed when the authorizer has {@code enableCachingForHttp}. AWS IoT API Reference,
   * "CreateAuthorizer".
   */
  public CompletableFuture<Proof> proveHttp(
      AuthorizerDefinition asked, AuthorizerQuestion question) {
    if (!asked.active()) {
      return inactive(asked);
    }
    if (!asked.cachingForHttp()) {
      return waiting.enter(() -> decide(asked, question, body -> ask(asked, body)));
    }
    ObjectNode sender = question.json(!asked.signingDisabled());
    AuthorizerAnswer known = httpAnswers.find(asked, sender);
    if (known != null) { // its signature was verified then, and is part of what is the same
      return CompletableFuture.completedFuture(proven(asked, sender, known));
    }
    return waiting.enter(
        () ->
            decide(
                asked,
                question,
                body -> {
                  AuthorizerAnswer fresh = ask(asked, body);
                  if (fresh.authenticated()) {
                    httpAnswers.keep(asked, body, fresh);
                  }
                  return fresh;
                }));
  }

  private static CompletableFuture<Proof> inactive(AuthorizerDefinition asked) {
    return failed(
        "authorizer_inactive",
        "authorizer '%s' is INACTIVE; set it ACTIVE with UpdateAuthorizer".formatted(asked.name()));
  }

  private static CompletableFuture<Proof> failed(String word, String sentence) {
    return CompletableFuture.completedFuture(new Proof.Failed(Proof.Cause.WRONG, word, sentence));
  }

  private Proof decide(
      AuthorizerDefinition asked,
      AuthorizerQuestion question,
      Function<ObjectNode, AuthorizerAnswer> asking) {
    if (!asked.signingDisabled() && !isSigned(asked, question)) {
      return new Proof.Failed(
          Proof.Cause.WRONG,
          "authorizer_signature",
          "the token for authorizer '%s' is not signed with one of its keys"
              .formatted(asked.name()));
    }
    ObjectNode body = question.json(!asked.signingDisabled());
    try {
      AuthorizerAnswer answer = asking.apply(body);
      if (!answer.authenticated()) {
        return new Proof.Failed(
            Proof.Cause.WRONG,
            "authorizer_refused",
            "authorizer '%s' says that it is not authenticated".formatted(asked.name()));
      }
      return proven(asked, body, answer);
    } catch (AuthorizerAnswer.Unusable unanswered) {
      return unavailable(asked, unanswered);
    }
  }

  private Proof proven(AuthorizerDefinition asked, ObjectNode body, AuthorizerAnswer answer) {
    Held held = new Held(asked, body, answer);
    return new Proof.Proven(
        held, "who authorizer '%s' let in".formatted(asked.name()), held.endsMillis);
  }

  private static Proof unavailable(AuthorizerDefinition asked, AuthorizerAnswer.Unusable why) {
    return new Proof.Failed(
        Proof.Cause.UNAVAILABLE,
        "authorizer_unavailable",
        "authorizer '%s' is of no help: %s".formatted(asked.name(), why.getMessage()));
  }

  private static boolean isSigned(AuthorizerDefinition asked, AuthorizerQuestion question) {
    String token = question.token();
    String signature = question.tokenSignature();
    return token != null && signature != null && asked.isSigned(token, signature);
  }

  private AuthorizerAnswer answer(AuthorizerDefinition asked, ObjectNode body) {
    Cache<String, AuthorizerAnswer> known = cache;
    if (known == null) {
      return ask(asked, body);
    }
    String key = asked.modifiedMillis() + asked.name() + digest(body);
    AuthorizerAnswer cached = known.getIfPresent(key);
    if (cached != null) {
      return cached;
    }
    AuthorizerAnswer fresh = ask(asked, body);
    if (fresh.authenticated()) {
      known.put(key, fresh);
    }
    return fresh;
  }

  private static String digest(ObjectNode body) {
    return HexFormat.of()
        .formatHex(ScramHash.sha256(body.toString().getBytes(StandardCharsets.UTF_8)));
  }

  /** Blocks; on a thread of {@link Waiting}. */
  private AuthorizerAnswer ask(AuthorizerDefinition asked, ObjectNode body) {
    // Of this definition: one that was repaired is asked at once.
    Circuit circuit =
        circuits.get(asked.modifiedMillis() + asked.name(), definition -> new Circuit());
    if (circuit.isOpen(clock.millis())) {
      throw new AuthorizerAnswer.Unusable("it failed too often, and is not asked for some seconds");
    }
    try {
      JsonNode said =
          asker.ask(
              URI.create(asked.url()), AuthorizerQuestion.withConnection(body), TIMEOUT, BYTES_MAX);
      AuthorizerAnswer answer = AuthorizerAnswer.read(said, "policy of authorizer " + asked.name());
      circuit.answered();
      return answer;
    } catch (AuthorizerAnswer.Unusable failed) {
      circuit.failed(clock.millis());
      throw failed;
    }
  }

  /**
   * Asks for TestInvokeAuthorizer: whatever its status, and nothing is kept.
   *
   * @return fails with {@link AuthorizerAnswer.Unusable}
   */
  public CompletableFuture<AuthorizerAnswer> test(
      AuthorizerDefinition asked, AuthorizerQuestion question) {
    boolean verified = !asked.signingDisabled() && isSigned(asked, question);
    CompletableFuture<AuthorizerAnswer> answer = new CompletableFuture<>();
    waiting
        .enter(
            () -> {
              try {
                answer.complete(ask(asked, question.json(verified)));
              } catch (AuthorizerAnswer.Unusable failed) {
                answer.completeExceptionally(failed);
              }
              return new Proof.Failed(Proof.Cause.WRONG, "test", "a test");
            })
        .thenAccept(
            done -> {
              if (done instanceof Proof.Failed failed && failed.cause() == Proof.Cause.BUSY) {
                answer.completeExceptionally(new AuthorizerAnswer.Unusable(failed.sentence()));
              }
            });
    return answer;
  }

  /**
   * Somebody an authorizer let in. What he may do is asked for again when that is due and somebody
   * wants to know; until the answer is there, the old one holds.
   */
  private final class Held implements Bearer {
    private final AuthorizerDefinition asked;
    private final ObjectNode body;
    private final String principal;
    private final long endsMillis;
    private final AtomicBoolean asking = new AtomicBoolean();
    private final AtomicInteger changes = new AtomicInteger();
    private volatile @Nullable Grant grant;
    private volatile long refreshMillis;

    Held(AuthorizerDefinition asked, ObjectNode body, AuthorizerAnswer answer) {
      this.asked = asked;
      this.body = body;
      this.principal = PRINCIPALS + answer.principalId();
      this.grant = answer.grant();
      long now = clock.millis();
      this.refreshMillis = now + answer.refreshSeconds() * 1_000L;
      this.endsMillis = now + answer.disconnectSeconds() * 1_000L;
    }

    @Override
    public String principal() {
      return principal;
    }

    @Override
    public int version() {
      long now = clock.millis();
      if (now >= endsMillis) {
        return Integer.MAX_VALUE >> 1;
      }
      if (now >= refreshMillis && asking.compareAndSet(false, true)) {
        waiting.enter(this::refresh).thenAccept(this::asked);
      }
      return changes.get();
    }

    @Override
    public @Nullable Grant grant() {
      return clock.millis() >= endsMillis ? null : grant;
    }

    private void asked(Proof done) {
      if (done instanceof Proof.Failed failed && failed.cause() == Proof.Cause.BUSY) {
        refreshMillis = clock.millis() + RETRY_MILLIS;
      }
      asking.set(false);
    }

    private Proof refresh() {
      try {
        AuthorizerAnswer answer = ask(asked, body);
        boolean same =
            answer.authenticated() && principal.equals(PRINCIPALS + answer.principalId());
        grant = same ? answer.grant() : null; // another principal is another client
        refreshMillis = clock.millis() + answer.refreshSeconds() * 1_000L;
        changes.incrementAndGet();
        onChange.accept(principal);
      } catch (AuthorizerAnswer.Unusable unanswered) {
        refreshMillis = clock.millis() + RETRY_MILLIS; // what it said last goes on holding
      }
      return new Proof.Failed(Proof.Cause.WRONG, "refreshed", "asked again");
    }
  }
}
