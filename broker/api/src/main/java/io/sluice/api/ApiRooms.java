package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.credentials.AuthorizerDesk;
import io.sluice.engine.RuleBook;
import io.sluice.engine.RuleDestinations;
import io.sluice.firehose.DeliveryStreams;
import io.sluice.fleet.Fleet;
import io.sluice.identity.Authenticator;
import io.sluice.identity.Authorizer;
import io.sluice.identity.Enrollment;
import io.sluice.identity.Provisioner;
import io.sluice.identity.RegistrationTasks;
import io.sluice.identity.Registry;
import io.sluice.queue.Queues;
import io.sluice.session.Clients;
import io.sluice.shadow.ShadowService;
import io.sluice.store.Clock;
import io.sluice.stream.Streams;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The rooms that requests go to.
 *
 * @param publisher takes publications that come over HTTP
 * @param stats the counters of {@code GET /sluice/stats}; read on an event loop, so it must not
 *     block
 * @param refusedConnections what {@code GET /sluice/connections/refused} shows; the same
 * @param ruleFileProblems why files of rules are not in force, by the names of their rules
 * @param storeFailed whether the store takes no more writes: then {@code /health} says 503
 * @param clock of signatures and new rules
 */
public record ApiRooms(
    Queues queues,
    Streams streams,
    DeliveryStreams deliveries,
    RuleBook rules,
    RuleDestinations destinations,
    ShadowService shadows,
    Registry registry,
    Fleet fleet,
    Enrollment enrollment,
    Provisioner provisioner,
    RegistrationTasks registrations,
    Authorizer authorizer,
    Authenticator authenticator,
    AuthorizerDesk authorizers,
    HttpPublisher publisher,
    Clients clients,
    RetainedReader retained,
    Supplier<JsonNode> stats,
    Supplier<JsonNode> refusedConnections,
    Supplier<Map<String, String>> ruleFileProblems,
    BooleanSupplier storeFailed,
    Clock clock) {

  /** All operations, those of the public models that we do not have among them. */
  Operations operations(ApiSettings settings) {
    Operations operations =
        new Operations()
            .target("AmazonSQS", new QueueOperations(queues, settings.account()).operations())
            .target("Kinesis_20131202", StreamOperations.of(streams))
            .target("Firehose_20150804", DeliveryOperations.of(deliveries));
    new ShadowOperations(shadows).addTo(operations);
    new RetainedOperations(retained).addTo(operations);
    new PublishOperations(publisher, settings.publishBytesMax()).addTo(operations);
    new ConnectionOperations(clients, settings.publishBytesMax(), clock).addTo(operations);
    new RuleOperations(rules, registry, clock, settings).addTo(operations);
    new DestinationOperations(destinations).addTo(operations);
    new RuleTrialOperation(rules, clock).addTo(operations);
    new RuleWhyOperations(rules, ruleFileProblems).addTo(operations);
    new ThingOperations(registry).addTo(operations);
    new ThingTypeOperations(registry).addTo(operations);
    DynamicGroupOperations dynamic = new DynamicGroupOperations(registry, fleet);
    dynamic.addTo(operations);
    new ThingGroupOperations(registry, dynamic).addTo(operations);
    new FleetOperations(fleet, registry.groups()).addTo(operations);
    new BillingGroupOperations(registry).addTo(operations);
    new CertificateOperations(registry, enrollment, settings.account()).addTo(operations);
    new AuthorityOperations(registry, settings.account()).addTo(operations);
    new ProvisioningOperations(registry, enrollment, provisioner, clock).addTo(operations);
    new RegistrationTaskOperations(registrations).addTo(operations);
    new EventOperations(registry.events()).addTo(operations);
    new TagOperations(registry, rules, dynamic, authorizers.authorizers()).addTo(operations);
    new PolicyOperations(registry).addTo(operations);
    new AuthorizationOperations(registry, authorizer).addTo(operations);
    new ExplainOperations(registry, authorizer).addTo(operations);
    new ExplainClientOperation(clients, authorizer).addTo(operations);
    new AuthorizerOperations(
            authorizers,
            "arn:aws:iot:%s:%s:authorizer/".formatted(settings.region(), settings.account()),
            registry,
            clock)
        .addTo(operations);
    EndpointOperation.addTo(operations, settings.endpoint());
    StatsOperation.addTo(operations, stats, refusedConnections);
    IotModel.addRefusals(operations);
    return operations;
  }
}
