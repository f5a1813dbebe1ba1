package io.sluice.identity;

import io.sluice.store.Clock;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds the policies that apply to a connection and compiles them for it. Any thread. */
public final class Authorizer {
  private static final PolicyDocument EVERYTHING =
      PolicyDocument.parse(
          """
          {"Version":"2012-10-17","Statement":{"Sid":"Everything","Effect":"Allow","Action":"*","Resource":"*"}}\
          """);

  private final RegistryIndex index;
  private final Arns arns;
  private final Clock clock;
  private final Denials denials;

  public Authorizer(Registry registry, Clock clock) {
    this.index = registry.index();
    this.arns = registry.arns();
    this.clock = clock;
    this.denials = new Denials(clock);
  }

  /** What connections were denied lately, and why. */
  public Denials denials() {
    return denials;
  }

  /**
   * What the policies of a registered certificate say, also when it is not active: for those who
   * ask beforehand. Who has connected gets its permissions from {@link Authenticator}.
   *
   * @param certificate what its variables are read from; null when only its id is known
   * @throws RegistryRefused {@code RESOURCE_NOT_FOUND}
   */
  public ConnectionPermissions permissions(
      String certificateId, @Nullable X509Certificate certificate, ConnectionContext context) {
    return permissions(certificateId, certificate, context, List.of(), List.of());
  }

  /**
   * The same with other policies.
   *
   * @param add names of policies as if they were attached
   * @param skip names of policies as if they were not
   */
  public ConnectionPermissions permissions(
      String certificateId,
      @Nullable X509Certificate certificate,
      ConnectionContext context,
      List<String> add,
      List<String> skip) {
    Principal principal = CertificateOperations.existing(index, certificateId);
    add.forEach(name -> PolicyOperations.existing(index, name));
    return new ConnectionPermissions(
        principal,
        context,
        null,
        asked -> compile(principal, certificate, asked, false, add, skip));
  }

  /** What one that is connected may do: nothing as soon as its certificate is not active. */
  ConnectionPermissions live(
      Principal principal, X509Certificate certificate, ConnectionContext context) {
    return new ConnectionPermissions(
        principal,
        context,
        denials,
        asked -> compile(principal, certificate, asked, true, List.of(), List.of()));
  }

  /** Of one without a certificate, who may do everything: for listeners of developers. */
  public ConnectionPermissions everything(ConnectionContext context) {
    PolicyVariables variables = new PolicyVariables(context, null, null, null, arns, clock);
    List<CompiledPolicies.Applied> policies =
        List.of(new CompiledPolicies.Applied("everything", EVERYTHING));
    CompiledPolicies compiled = CompiledPolicies.compile(policies, variables);
    return new ConnectionPermissions(
        null,
        context,
        denials,
        asked -> new ConnectionPermissions.Snapshot(0, compiled, null, null, true));
  }

  /** All that a temporary claim certificate may do. */
  private CompiledPolicies.Applied claim(String template) {
    String certificates = "$aws/certificates/*";
    String templates = "$aws/provisioning-templates/%s/provision/*".formatted(template);
    String document =
        """
        {"Version":"2012-10-17","Statement":[
          {"Effect":"Allow","Action":"iot:Connect","Resource":"*"},
          {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":["%s","%s"]},
          {"Effect":"Allow","Action":"iot:Subscribe","Resource":["%s","%s"]}]}"""
            .formatted(
                literal(arns.resource(Action.PUBLISH, certificates)),
                literal(arns.resource(Action.PUBLISH, templates)),
                literal(arns.resource(Action.SUBSCRIBE, certificates)),
                literal(arns.resource(Action.SUBSCRIBE, templates)));
    return new CompiledPolicies.Applied(
        "claim for template " + template, PolicyDocument.parse(document));
  }

  private static String literal(String resource) {
    return resource.replace("$", "${$}");
  }

  /**
   * Of somebody without a certificate; they follow what he is granted and the registry's policies.
   */
  public ConnectionPermissions of(Bearer bearer, ConnectionContext context) {
    return new ConnectionPermissions(
        new Borne(bearer, index), context, denials, asked -> compile(bearer, asked));
  }

  private record Borne(Bearer bearer, RegistryIndex index) implements ConnectionPermissions.Holder {
    @Override
    public String id() {
      return bearer.principal();
    }

    @Override
    public int version() {
      return index.policiesVersion() + bearer.version(); // each only grows
    }
  }

  private ConnectionPermissions.Snapshot compile(Bearer bearer, ConnectionContext context) {
    int version = new Borne(bearer, index).version(); // before all else, as below
    Grant grant = bearer.grant();
    List<CompiledPolicies.Applied> policies = new ArrayList<>();
    if (grant != null) {
      for (String name : new TreeSet<>(grant.policies())) {
        RegistryIndex.PolicyEntry entry = index.policies().get(name);
        if (entry != null) {
          policies.add(new CompiledPolicies.Applied(name, entry.document()));
        }
      }
      grant
          .documents()
          .forEach(own -> policies.add(new CompiledPolicies.Applied(own.name(), own.document())));
    }
    PolicyVariables variables =
        new PolicyVariables(
            context, null, null, null, arns, clock, grant == null ? Map.of() : grant.variables());
    CompiledPolicies compiled = CompiledPolicies.compile(policies, variables);
    String clientId = context.clientId();
    boolean mayConnect =
        grant != null
            && (clientId == null || compiled.decide(Action.CONNECT, clientId).isAllowed());
    return new ConnectionPermissions.Snapshot(version, compiled, null, null, mayConnect);
  }

  private ConnectionPermissions.Snapshot compile(
      Principal principal,
      @Nullable X509Certificate certificate,
      ConnectionContext context,
      boolean live,
      List<String> add,
      List<String> skip) {
    int version = principal.version(); // before all else: what changes meanwhile is seen next time
    String thingName = principal.thingOf(context.clientId());
    Thing thing = thingName == null ? null : index.things().get(thingName);
    PolicyVariables variables =
        new PolicyVariables(context, principal.certificateId(), certificate, thing, arns, clock);
    CertificateStatus status = principal.status();
    boolean active = status == CertificateStatus.ACTIVE;
    List<CompiledPolicies.Applied> policies = new ArrayList<>();
    Set<String> names = new TreeSet<>();
    if (!live || active) {
      names.addAll(principal.policies());
      String grouped =
          thingName != null ? thingName : context.clientId() == null ? principal.onlyThing() : null;
      if (grouped != null) {
        names.addAll(index.groups().policiesOfThing(grouped));
      }
      names.addAll(add);
      skip.forEach(names::remove);
      if (principal.claimTemplate() != null) {
        policies.add(claim(principal.claimTemplate()));
      }
    }
    for (String name : names) {
      RegistryIndex.PolicyEntry entry = index.policies().get(name);
      if (entry != null) {
        policies.add(new CompiledPolicies.Applied(name, entry.document()));
      }
    }
    CompiledPolicies compiled = CompiledPolicies.compile(policies, variables);
    String clientId = context.clientId();
    boolean mayConnect =
        active && (clientId == null || compiled.decide(Action.CONNECT, clientId).isAllowed());
    return new ConnectionPermissions.Snapshot(version, compiled, thingName, status, mayConnect);
  }
}
