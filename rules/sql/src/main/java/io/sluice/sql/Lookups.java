package io.sluice.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What statements may ask of the rest of the gateway and of other services. Each method has the
 * name of its function in SQL; what is not overridden fails, and that stops the rule for the
 * message unless {@code get_or_default} stands around the call (AWS IoT Developer Guide,
 * "Functions").
 *
 * <p>Called on the thread that evaluates, at most as often as the statement says. May block, so
 * rules with {@link CompiledRule#callsOut} are never evaluated on an event loop; secrets, the
 * registry and descriptors must be at hand, for they are also asked where nobody may wait. Must
 * bound its own time. Answers are JSON as UTF-8; the evaluator does not keep or change them.
 * Failure is a {@link LookupFailed} and nothing else.
 */
public interface Lookups {
  /** Has nothing. */
  Lookups NONE = new Lookups() {};

  /** {@code aws_lambda(functionArn, json)}: calls a function and waits for its JSON. */
  default byte[] invoke(String functionArn, byte[] json) {
    throw new LookupFailed("aws_lambda: no function endpoints are configured");
  }

  /**
   * {@code get_thing_shadow(thing[, shadow], role)}: the whole document; no name means the classic
   * shadow.
   */
  default byte[] thingShadow(String thing, @Nullable String shadow) {
    throw new LookupFailed("get_thing_shadow: no shadow store is attached");
  }

  /**
   * {@code get_registry_data(operation, thing, role)}, the operation being {@code DescribeThing} or
   * {@code ListThingGroupsForThing}.
   */
  default byte[] registryData(String operation, String thing) {
    throw new LookupFailed("get_registry_data: no registry is attached");
  }

  /**
   * {@code get_dynamodb(table, key, value[, sortKey, sortValue], role)}: one item as plain JSON.
   */
  default byte[] item(String table, List<ItemKey> keys) {
    throw new LookupFailed("get_dynamodb: no table is configured");
  }

  /** {@code get_secret(id, 'SecretString'[, key], role)}: the secret's current text. */
  default String secretString(String id) {
    throw new LookupFailed("get_secret: no secrets are configured");
  }

  /** {@code get_secret(id, 'SecretBinary', role)}: the secret's current bytes. */
  default byte[] secretBinary(String id) {
    throw new LookupFailed("get_secret: no secrets are configured");
  }

  /** {@code machinelearning_predict(model, role, record)}. */
  default byte[] predict(String model, byte[] record) {
    throw new LookupFailed("machinelearning_predict: no inference endpoint is configured");
  }

  /**
   * {@code decode(data, 'proto', bucket, objectKey, protoName, messageType)}: the message in
   * protobuf's JSON form.
   */
  default byte[] decodeProto(
      byte[] data, String bucket, String objectKey, String protoName, String messageType) {
    throw new LookupFailed("decode: no protobuf descriptors are registered");
  }

  /**
   * A part of an item's key.
   *
   * @param value a String or a number, as JSON
   */
  record ItemKey(String name, byte[] value) {}
}
