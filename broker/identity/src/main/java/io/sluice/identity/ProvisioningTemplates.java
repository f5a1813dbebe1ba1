package io.sluice.identity;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Turn;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Provisioning templates. Changes are decided on the registry's owner thread and are on disk when
 * their futures complete; reads answer from memory. Source: AWS IoT API Reference,
 * "CreateProvisioningTemplate" and its family.
 */
public final class ProvisioningTemplates {
  private static final Pattern NAME = Pattern.compile("[0-9A-Za-z_-]{1,36}");
  private static final int TEMPLATES_MAX = 1_000;
  private static final int VERSIONS_MAX = 5;

  record Create(ProvisioningTemplate template) implements Request<ProvisioningTemplate> {}

  /** What is null stays; an empty hook takes it away. */
  record Update(
      String name,
      @Nullable String description,
      @Nullable Boolean enabled,
      @Nullable Integer defaultVersion,
      @Nullable String roleArn,
      @Nullable String hookUrl)
      implements Request<ProvisioningTemplate> {}

  record CreateVersion(String name, String body, boolean setAsDefault)
      implements Request<ProvisioningTemplate.Version> {}

  record DeleteVersion(String name, int version) implements Request<Boolean> {}

  record Delete(String name) implements Request<Boolean> {}

  private final Partitions partitions;
  private final Arns arns;
  private final ConcurrentSkipListMap<String, ProvisioningTemplate> templates =
      new ConcurrentSkipListMap<>();

  ProvisioningTemplates(Partitions partitions, Arns arns) {
    this.partitions = partitions;
    this.arns = arns;
    partitions.register(Create.class, this::create);
    partitions.register(Update.class, this::update);
    partitions.register(CreateVersion.class, this::createVersion);
    partitions.register(DeleteVersion.class, this::deleteVersion);
    partitions.register(Delete.class, this::delete);
  }

  void load(Turn turn) {
    RegistryRows.forEach(
        turn,
        RegistryRows.Kind.TEMPLATE,
        ProvisioningTemplate.class,
        (key, template) -> templates.put(template.name(), template));
  }

  /**
   * Creates a template.
   *
   * @param hookUrl http or https; null for none
   */
  public CompletableFuture<ProvisioningTemplate> create(
      String name,
      String description,
      String body,
      boolean enabled,
      ProvisioningTemplate.Type type,
      @Nullable String roleArn,
      @Nullable String hookUrl) {
    try {
      checkName(name);
      TemplateDocument.parse(body);
      checkHook(hookUrl);
    } catch (RegistryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
    SortedMap<Integer, ProvisioningTemplate.Version> versions = new TreeMap<>();
    versions.put(1, new ProvisioningTemplate.Version(1, body, 0));
    return partitions.ask(
        RegistryRows.KEY,
        new Create(
            new ProvisioningTemplate(
                name, description, enabled, type, roleArn, hookUrl, versions, 1, 1, 0, 0)));
  }

  private static String checkName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw RegistryRefused.invalid(
          "template name '%s' has characters or a length that are not allowed; use 1 to 36 letters, digits and _ -"
              .formatted(Names.shown(name)));
    }
    return name;
  }

  private static void checkHook(@Nullable String hookUrl) {
    if (hookUrl != null && !hookUrl.isEmpty() && !Outgoing.isUrl(hookUrl)) {
      throw RegistryRefused.invalid(
          "preProvisioningHook.targetArn '%s' is no address this gateway can ask; give an http or https URL"
              .formatted(Names.shown(hookUrl)));
    }
  }

  private ProvisioningTemplate create(Turn turn, Create request) {
    ProvisioningTemplate given = request.template();
    if (templates.containsKey(given.name())) {
      throw new RegistryRefused(
          RegistryError.RESOURCE_ALREADY_EXISTS,
          "provisioning template '%s' exists; give it another text with CreateProvisioningTemplateVersion"
              .formatted(given.name()),
          given.name(),
          arns.provisioningTemplate(given.name()));
    }
    if (templates.size() >= TEMPLATES_MAX) {
      throw new RegistryRefused(
          RegistryError.LIMIT_EXCEEDED,
          "there are %d provisioning templates, as many as may be; delete some"
              .formatted(TEMPLATES_MAX));
    }
    SortedMap<Integer, ProvisioningTemplate.Version> versions = new TreeMap<>();
    versions.put(1, new ProvisioningTemplate.Version(1, given.body(), turn.now()));
    return put(
        turn,
        new ProvisioningTemplate(
            given.name(),
            Names.description("template '" + given.name() + "'", given.description()),
            given.enabled(),
            given.type(),
            given.roleArn(),
            given.hookUrl(),
            versions,
            1,
            1,
            turn.now(),
            turn.now()));
  }

  private ProvisioningTemplate put(Turn turn, ProvisioningTemplate template) {
    RegistryRows.put(turn, RegistryRows.Kind.TEMPLATE, template, template.name());
    templates.put(template.name(), template);
    return template;
  }

  /**
   * Changes what is given; null leaves it as it is.
   *
   * @param hookUrl empty takes the hook away
   */
  public CompletableFuture<ProvisioningTemplate> update(
      String name,
      @Nullable String description,
      @Nullable Boolean enabled,
      @Nullable Integer defaultVersion,
      @Nullable String roleArn,
      @Nullable String hookUrl) {
    try {
      checkHook(hookUrl);
    } catch (RegistryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
    return partitions.ask(
        RegistryRows.KEY, new Update(name, description, enabled, defaultVersion, roleArn, hookUrl));
  }

  private ProvisioningTemplate update(Turn turn, Update request) {
    ProvisioningTemplate before = get(request.name());
    int inForce =
        request.defaultVersion() == null
            ? before.defaultVersion()
            : before.version(request.defaultVersion()).id();
    String hook = request.hookUrl() == null ? before.hookUrl() : request.hookUrl();
    return put(
        turn,
        new ProvisioningTemplate(
            before.name(),
            request.description() == null
                ? before.description()
                : Names.description("template '" + before.name() + "'", request.description()),
            request.enabled() == null ? before.enabled() : request.enabled(),
            before.type(),
            request.roleArn() == null ? before.roleArn() : request.roleArn(),
            hook == null || hook.isEmpty() ? null : hook,
            before.versions(),
            inForce,
            before.lastVersion(),
            before.createdMillis(),
            turn.now()));
  }

  public CompletableFuture<ProvisioningTemplate.Version> createVersion(
      String name, String body, boolean setAsDefault) {
    try {
      TemplateDocument.parse(body);
    } catch (RegistryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
    return partitions.ask(RegistryRows.KEY, new CreateVersion(name, body, setAsDefault));
  }

  private ProvisioningTemplate.Version createVersion(Turn turn, CreateVersion request) {
    ProvisioningTemplate before = get(request.name());
    if (before.versions().size() >= VERSIONS_MAX) {
      throw new RegistryRefused(
          RegistryError.VERSIONS_LIMIT_EXCEEDED,
          "provisioning template '%s' has the versions %s, as many as may be; delete one with DeleteProvisioningTemplateVersion"
              .formatted(before.name(), before.versions().keySet()));
    }
    int id = before.lastVersion() + 1;
    ProvisioningTemplate.Version version =
        new ProvisioningTemplate.Version(id, request.body(), turn.now());
    SortedMap<Integer, ProvisioningTemplate.Version> versions = new TreeMap<>(before.versions());
    versions.put(id, version);
    put(
        turn,
        with(before, versions, request.setAsDefault() ? id : before.defaultVersion(), id, turn));
    return version;
  }

  private static ProvisioningTemplate with(
      ProvisioningTemplate before,
      SortedMap<Integer, ProvisioningTemplate.Version> versions,
      int inForce,
      int last,
      Turn turn) {
    return new ProvisioningTemplate(
        before.name(),
        before.description(),
        before.enabled(),
        before.type(),
        before.roleArn(),
        before.hookUrl(),
        versions,
        inForce,
        last,
        before.createdMillis(),
        turn.now());
  }

  public CompletableFuture<Boolean> deleteVersion(String name, int version) {
    return partitions.ask(RegistryRows.KEY, new DeleteVersion(name, version));
  }

  private Boolean deleteVersion(Turn turn, DeleteVersion request) {
    ProvisioningTemplate before = get(request.name());
    int id = before.version(request.version()).id();
    if (id == before.defaultVersion()) {
      throw new RegistryRefused(
          RegistryError.DELETE_CONFLICT,
          "version %d of provisioning template '%s' is its default; set another with UpdateProvisioningTemplate"
              .formatted(id, before.name()));
    }
    SortedMap<Integer, ProvisioningTemplate.Version> versions = new TreeMap<>(before.versions());
    versions.remove(id);
    put(turn, with(before, versions, before.defaultVersion(), before.lastVersion(), turn));
    return true;
  }

  public CompletableFuture<Boolean> delete(String name) {
    return partitions.ask(RegistryRows.KEY, new Delete(name));
  }

  private Boolean delete(Turn turn, Delete request) {
    ProvisioningTemplate template = get(request.name());
    if (template.versions().size() > 1) {
      throw new RegistryRefused(
          RegistryError.DELETE_CONFLICT,
          "provisioning template '%s' has the versions %s; delete all but the default first"
              .formatted(template.name(), template.versions().keySet()));
    }
    RegistryRows.delete(turn, RegistryRows.Kind.TEMPLATE, template.name());
    templates.remove(template.name());
    return true;
  }

  /**
   * A template.
   *
   * @throws RegistryRefused when there is none
   */
  public ProvisioningTemplate get(String name) {
    ProvisioningTemplate template = templates.get(checkName(name));
    if (template == null) {
      throw RegistryRefused.notFound(
          "there is no provisioning template '%s'; create it with CreateProvisioningTemplate"
              .formatted(name));
    }
    return template;
  }

  /**
   * Whether a text is a template: who keeps one by other means asks first, or devices find out.
   *
   * @throws RegistryRefused {@code INVALID_REQUEST}, naming the key
   */
  public void checkBody(String body) {
    TemplateDocument.parse(body);
  }

  /** Templates in the order of their names, those after {@code name}; all with {@code ""}. */
  public Stream<ProvisioningTemplate> after(String name) {
    return templates.tailMap(name, false).values().stream();
  }
}
