package io.sluice.credentials;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.identity.RegistryError;
import io.sluice.identity.RegistryRefused;
import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Row;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The custom authorizers, by name, and which is asked when a client names none. Changes are decided
 * on one owner thread and are on disk when their futures complete; reads answer from memory, on any
 * thread. Rows: docs/formats/authorizers.md.
 */
public final class Authorizers {
  private static final Table TABLE = new Table("authorizers");
  public static final Set<Table> TABLES = Set.of(TABLE);

  private static final String KEY = "authorizers";
  private static final String ROW = "authorizer";
  private static final byte[] DEFAULT = Keys.of().text("default").bytes();
  private static final int AUTHORIZERS_MAX = 100;
  private static final ObjectMapper JSON = new ObjectMapper();

  record Create(AuthorizerDefinition definition) implements Request<AuthorizerDefinition> {}

  record Update(AuthorizerDefinition definition) implements Request<AuthorizerDefinition> {}

  record Delete(String name) implements Request<Boolean> {}

  record SetDefault(@Nullable String name) implements Request<Boolean> {}

  private record Load() implements Request<Boolean> {}

  private final Partitions partitions;
  private final ConcurrentSkipListMap<String, AuthorizerDefinition> byName =
      new ConcurrentSkipListMap<>();
  private volatile @Nullable String defaultName;

  /** Registers its handlers; make it before the partitions start. */
  public Authorizers(Partitions partitions) {
    this.partitions = partitions;
    partitions.register(Create.class, this::create);
    partitions.register(Update.class, this::update);
    partitions.register(Delete.class, this::delete);
    partitions.register(SetDefault.class, this::setDefault);
    partitions.register(Load.class, this::load);
    partitions.onStart(() -> partitions.apply(partitions.of(KEY), new Load()));
  }

  /** Keeps a new one. */
  public CompletableFuture<AuthorizerDefinition> create(AuthorizerDefinition definition) {
    definition.requireStrongKeys();
    return partitions.ask(KEY, new Create(definition));
  }

  /** Replaces one. */
  public CompletableFuture<AuthorizerDefinition> update(AuthorizerDefinition definition) {
    definition.requireStrongKeys();
    return partitions.ask(KEY, new Update(definition));
  }

  /** Deletes one that is neither active nor the default. */
  public CompletableFuture<Boolean> delete(String name) {
    return partitions.ask(KEY, new Delete(name));
  }

  /** Names the one that is asked when a client names none; null: nobody is. */
  public CompletableFuture<Boolean> setDefault(@Nullable String name) {
    return partitions.ask(KEY, new SetDefault(name));
  }

  /** The one of that name, or null. */
  public @Nullable AuthorizerDefinition find(String name) {
    return byName.get(name);
  }

  /**
   * The one of that name.
   *
   * @throws RegistryRefused when there is none
   */
  public AuthorizerDefinition get(String name) {
    AuthorizerDefinition found = byName.get(name);
    if (found == null) {
      throw new RegistryRefused(
          RegistryError.RESOURCE_NOT_FOUND,
          "there is no authorizer of that name; ListAuthorizers names all");
    }
    return found;
  }

  /** The one that is asked when a client names none; null when there is none. */
  public @Nullable AuthorizerDefinition byDefault() {
    String name = defaultName;
    return name == null ? null : byName.get(name);
  }

  /** In the order of their names, those after {@code name}; all with {@code ""}. */
  public Stream<AuthorizerDefinition> after(String name) {
    return byName.tailMap(name, false).values().stream();
  }

  private AuthorizerDefinition create(Turn turn, Create request) {
    AuthorizerDefinition asked = request.definition();
    if (byName.containsKey(asked.name())) {
      throw new RegistryRefused(
          RegistryError.RESOURCE_ALREADY_EXISTS,
          "authorizer '%s' exists already; change it with UpdateAuthorizer"
              .formatted(asked.name()));
    }
    if (byName.size() >= AUTHORIZERS_MAX) {
      throw new RegistryRefused(
          RegistryError.LIMIT_EXCEEDED,
          "there are %d authorizers, as many as may be; delete some".formatted(AUTHORIZERS_MAX));
    }
    return put(turn, asked);
  }

  private AuthorizerDefinition update(Turn turn, Update request) {
    get(request.definition().name());
    return put(turn, request.definition());
  }

  private AuthorizerDefinition put(Turn turn, AuthorizerDefinition definition) {
    turn.put(TABLE, key(definition.name()), write(definition));
    byName.put(definition.name(), definition);
    return definition;
  }

  private Boolean delete(Turn turn, Delete request) {
    AuthorizerDefinition there = get(request.name());
    if (there.active() || there.name().equals(defaultName)) {
      throw new RegistryRefused(
          RegistryError.DELETE_CONFLICT,
          "authorizer '%s' is active or the default; set it INACTIVE, and another as default"
              .formatted(there.name()));
    }
    turn.delete(TABLE, key(there.name()));
    byName.remove(there.name());
    return true;
  }

  private Boolean setDefault(Turn turn, SetDefault request) {
    String name = request.name();
    if (name == null) {
      turn.delete(TABLE, DEFAULT);
    } else {
      get(name);
      if (name.equals(defaultName)) {
        throw new RegistryRefused(
            RegistryError.RESOURCE_ALREADY_EXISTS,
            "authorizer '%s' is the default already".formatted(name));
      }
      turn.put(TABLE, DEFAULT, write(name));
    }
    defaultName = name;
    return true;
  }

  private Boolean load(Turn turn, Load request) {
    for (Row row : turn.prefix(TABLE, Keys.of().text(ROW).bytes(), AUTHORIZERS_MAX + 1)) {
      AuthorizerDefinition read = read(row.value(), AuthorizerDefinition.class);
      byName.put(read.name(), read);
    }
    byte[] value = turn.get(TABLE, DEFAULT);
    defaultName = value == null ? null : read(value, String.class);
    return true;
  }

  private static byte[] key(String name) {
    return Keys.of().text(ROW).text(name).bytes();
  }

  private static byte[] write(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("an authorizer cannot be written as JSON", impossible);
    }
  }

  private static <T> T read(byte[] value, Class<T> type) {
    try {
      return JSON.readValue(value, type);
    } catch (IOException damaged) {
      throw new IllegalStateException(
          "a row of the authorizers is damaged; restore the data directory from a backup", damaged);
    }
  }
}
