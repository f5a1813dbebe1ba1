package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.credentials.AuthorizerAnswer;
import io.sluice.credentials.AuthorizerDefinition;
import io.sluice.credentials.AuthorizerDesk;
import io.sluice.credentials.AuthorizerQuestion;
import io.sluice.credentials.Authorizers;
import io.sluice.identity.Registry;
import io.sluice.identity.ResourceTags;
import io.sluice.store.Clock;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Custom authorizers. {@code authorizerFunctionArn} is an http or https URL here (decision 60).
 * Source: AWS IoT API Reference, "CreateAuthorizer" and its family.
 */
final class AuthorizerOperations {
  private static final Family FAMILY = Family.IOT;
  private static final String PATH = "/authorizer/{name}";

  private final AuthorizerDesk desk;
  private final Authorizers authorizers;
  private final String arn;
  private final Registry registry;
  private final Clock clock;

  /**
   * @param arn what the ARNs of authorizers begin with
   */
  AuthorizerOperations(AuthorizerDesk desk, String arn, Registry registry, Clock clock) {
    this.desk = desk;
    this.authorizers = desk.authorizers();
    this.arn = arn;
    this.registry = registry;
    this.clock = clock;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add("POST", PATH, Operation.write(FAMILY, "CreateAuthorizer", this::create))
        .add("PUT", PATH, Operation.write(FAMILY, "UpdateAuthorizer", this::update))
        .add("GET", PATH, Operation.read(FAMILY, "DescribeAuthorizer", this::describe))
        .add(
            "DELETE",
            PATH,
            Operation.write(
                FAMILY,
                "DeleteAuthorizer",
                call ->
                    authorizers
                        .delete(name(call))
                        .thenCompose(gone -> retag(name(call), Map.of()))
                        .thenApply(gone -> Reply.EMPTY)))
        .add("GET", "/authorizers", Operation.read(FAMILY, "ListAuthorizers", this::list))
        .add("POST", PATH + "/test", Operation.read(FAMILY, "TestInvokeAuthorizer", this::test))
        .add(
            "POST",
            "/default-authorizer",
            Operation.write(FAMILY, "SetDefaultAuthorizer", this::setDefault))
        .add(
            "GET",
            "/default-authorizer",
            Operation.read(FAMILY, "DescribeDefaultAuthorizer", this::describeDefault))
        .add(
            "DELETE",
            "/default-authorizer",
            Operation.write(
                FAMILY,
                "ClearDefaultAuthorizer",
                call -> authorizers.setDefault(null).thenApply(gone -> Reply.EMPTY)));
  }

  private static String name(Call call) {
    return call.pathVariable("name");
  }

  private ObjectNode named(String name) {
    return Reply.object().put("authorizerName", name).put("authorizerArn", arn + name);
  }

  private static boolean isActive(@Nullable String status, boolean absent) {
    if (status == null) {
      return absent;
    }
    if (!status.equals("ACTIVE") && !status.equals("INACTIVE")) {
      throw FAMILY.invalid("status is '%s'; use ACTIVE or INACTIVE".formatted(status));
    }
    return status.equals("ACTIVE");
  }

  private CompletableFuture<Reply> create(Call call) {
    Map<String, String> tags = TagOperations.given(call);
    Fields input = call.input();
    AuthorizerDefinition definition =
        new AuthorizerDefinition(
            name(call),
            input.text("authorizerFunctionArn"),
            input.textOrNull("tokenKeyName"),
            input.textMap("tokenSigningPublicKeys"),
            isActive(input.textOrNull("status"), false),
            input.flag("signingDisabled"),
            input.flag("enableCachingForHttp"),
            clock.millis(),
            clock.millis());
    return authorizers
        .create(definition)
        .thenCompose(
            made -> retag(made.name(), tags).thenApply(all -> Reply.of(named(made.name()))));
  }

  /** These tags and no others. */
  private CompletableFuture<?> retag(String name, Map<String, String> tags) {
    return registry.tags().replace(ResourceTags.Elsewhere.AUTHORIZER, name, tags);
  }

  private CompletableFuture<Reply> update(Call call) {
    Fields input = call.input();
    AuthorizerDefinition before = authorizers.get(name(call));
    String url = input.textOrNull("authorizerFunctionArn");
    String tokenKey = input.textOrNull("tokenKeyName");
    AuthorizerDefinition definition =
        new AuthorizerDefinition(
            before.name(),
            url == null ? before.url() : url,
            tokenKey == null ? before.tokenKeyName() : tokenKey,
            input.has("tokenSigningPublicKeys")
                ? input.textMap("tokenSigningPublicKeys")
                : before.publicKeys(),
            isActive(input.textOrNull("status"), before.active()),
            before.signingDisabled(),
            input.has("enableCachingForHttp")
                ? input.flag("enableCachingForHttp")
                : before.cachingForHttp(),
            before.createdMillis(),
            Math.max(clock.millis(), before.modifiedMillis() + 1));
    return authorizers.update(definition).thenApply(made -> Reply.of(named(made.name())));
  }

  private CompletableFuture<Reply> describe(Call call) {
    return described(authorizers.get(name(call)));
  }

  private CompletableFuture<Reply> describeDefault(Call call) {
    AuthorizerDefinition found = authorizers.byDefault();
    if (found == null) {
      throw ApiError.of(
          "ResourceNotFoundException",
          404,
          "there is no default authorizer; name one with SetDefaultAuthorizer");
    }
    return described(found);
  }

  private CompletableFuture<Reply> described(AuthorizerDefinition authorizer) {
    ObjectNode reply = Reply.object();
    ObjectNode description = named(authorizer.name());
    description.put("authorizerFunctionArn", authorizer.url());
    if (authorizer.tokenKeyName() != null) {
      description.put("tokenKeyName", authorizer.tokenKeyName());
    }
    ObjectNode keys = description.putObject("tokenSigningPublicKeys");
    authorizer.publicKeys().forEach(keys::put);
    description.put("status", authorizer.active() ? "ACTIVE" : "INACTIVE");
    description.set("creationDate", WireFormat.timestamp(authorizer.createdMillis()));
    description.set("lastModifiedDate", WireFormat.timestamp(authorizer.modifiedMillis()));
    description.put("signingDisabled", authorizer.signingDisabled());
    description.put("enableCachingForHttp", authorizer.cachingForHttp());
    reply.set("authorizerDescription", description);
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private CompletableFuture<Reply> list(Call call) {
    ObjectNode reply = Reply.object();
    ArrayNode list = reply.putArray("authorizers");
    Stream<AuthorizerDefinition> all =
        PageToken.byCreation(authorizers.after(""), AuthorizerOperations::created, call);
    String status = call.parameter("status");
    if (status != null) {
      boolean active = isActive(status, false);
      all = all.filter(authorizer -> authorizer.active() == active);
    }
    int max = call.number("pageSize", Paging.PAGE_MAX, 1, Paging.PAGE_MAX);
    PageToken.take(call, all, max, AuthorizerOperations::created, reply, "nextMarker")
        .forEach(authorizer -> list.add(named(authorizer.name())));
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private static String created(AuthorizerDefinition authorizer) {
    return PageToken.created(authorizer.createdMillis(), authorizer.name());
  }

  private CompletableFuture<Reply> setDefault(Call call) {
    String name = call.input().text("authorizerName");
    return authorizers.setDefault(name).thenApply(done -> Reply.of(named(name)));
  }

  private CompletableFuture<Reply> test(Call call) {
    Fields input = call.input();
    Fields http = input.objectOrNull("httpContext");
    Fields mqtt = input.objectOrNull("mqttContext");
    Fields tls = input.objectOrNull("tlsContext");
    String query = http == null ? null : http.textOrNull("queryString");
    AuthorizerQuestion question =
        new AuthorizerQuestion(
            input.textOrNull("token"),
            input.textOrNull("tokenSignature"),
            tls == null ? null : tls.textOrNull("serverName"),
            http == null ? null : Map.copyOf(http.textMap("headers")),
            query == null ? "" : query,
            mqtt == null ? null : mqtt.textOrNull("clientId"),
            mqtt == null ? null : mqtt.textOrNull("username"),
            mqtt == null ? null : mqtt.bytesOrNull("password"));
    return desk.test(authorizers.get(name(call)), question)
        .handle(
            (answer, failure) -> {
              if (answer == null) {
                throw unusable(failure);
              }
              return Reply.of(reply(answer));
            });
  }

  private static ObjectNode reply(AuthorizerAnswer answer) {
    ObjectNode reply = Reply.object().put("isAuthenticated", answer.authenticated());
    reply.put("principalId", answer.principalId());
    ArrayNode documents = reply.putArray("policyDocuments");
    answer.documents().forEach(documents::add);
    return reply
        .put("refreshAfterInSeconds", answer.refreshSeconds())
        .put("disconnectAfterInSeconds", answer.disconnectSeconds());
  }

  private static RuntimeException unusable(@Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof AuthorizerAnswer.Unusable
        ? ApiError.of(
            "InvalidResponseException", 400, "the authorizer is of no help: " + cause.getMessage())
        : new IllegalStateException(cause);
  }
}
