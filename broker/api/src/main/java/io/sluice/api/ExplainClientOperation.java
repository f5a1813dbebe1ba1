package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.Authorizer;
import io.sluice.session.ClientState;
import io.sluice.session.Clients;
import io.sluice.session.Sessions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * All that is known of one client: its connection, what waits for it, what it has subscribed to and
 * was denied lately; for {@code sluice explain client}. Ours alone.
 */
final class ExplainClientOperation {
  private static final Family FAMILY = Family.IOT;
  private static final int DENIALS_MAX = 10;
  private static final int SUBSCRIPTIONS_MAX = 1_000;

  private final Clients clients;
  private final Authorizer authorizer;

  ExplainClientOperation(Clients clients, Authorizer authorizer) {
    this.clients = clients;
    this.authorizer = authorizer;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add(
            "GET",
            "/sluice/explain/client",
            Operation.read(FAMILY, "ExplainClient", this::explain));
  }

  private CompletableFuture<Reply> explain(Call call) {
    String clientId = call.parameter("clientId");
    if (clientId == null) {
      throw FAMILY.missing("clientId");
    }
    return clients
        .state(clientId)
        .thenCombineAsync( // explanations of denials are slow
            clients.subscriptions(clientId),
            (state, subscriptions) -> Reply.of(explanation(clientId, state, subscriptions)));
  }

  private ObjectNode explanation(
      String clientId, Optional<ClientState> state, Optional<List<Sessions.Wanted>> subscriptions) {
    ObjectNode reply =
        state
            .map(known -> ConnectionOperations.shown(known, true))
            .orElseGet(() -> Reply.object().put("clientId", clientId));
    reply.put("known", state.isPresent());
    state.ifPresent(
        known ->
            reply
                .putObject("inbox")
                .put("messages", known.waiting().messages())
                .put("bytes", known.waiting().bytes()));
    List<Sessions.Wanted> all = subscriptions.orElse(List.of());
    reply.put("subscriptionCount", all.size());
    ArrayNode list = reply.putArray("subscriptions");
    all.stream()
        .limit(SUBSCRIPTIONS_MAX)
        .forEach(
            want ->
                list.addObject()
                    .put("topicFilter", want.filter().toString())
                    .put("qos", want.options().qos().value()));
    ArrayNode denials = reply.putArray("denials");
    authorizer
        .denials()
        .last(clientId, DENIALS_MAX)
        .forEach(denial -> ExplainOperations.put(denials.addObject(), denial));
    return reply;
  }
}
