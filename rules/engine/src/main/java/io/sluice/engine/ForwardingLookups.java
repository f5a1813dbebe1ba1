package io.sluice.engine;

import io.sluice.sql.Lookups;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks another; for those that answer some questions themselves. */
class ForwardingLookups implements Lookups {
  private final Lookups other;

  ForwardingLookups(Lookups other) {
    this.other = other;
  }

  @Override
  public byte[] invoke(String functionArn, byte[] json) {
    return other.invoke(functionArn, json);
  }

  @Override
  public byte[] thingShadow(String thing, @Nullable String shadow) {
    return other.thingShadow(thing, shadow);
  }

  @Override
  public byte[] registryData(String operation, String thing) {
    return other.registryData(operation, thing);
  }

  @Override
  public byte[] item(String table, List<ItemKey> keys) {
    return other.item(table, keys);
  }

  @Override
  public String secretString(String id) {
    return other.secretString(id);
  }

  @Override
  public byte[] secretBinary(String id) {
    return other.secretBinary(id);
  }

  @Override
  public byte[] predict(String model, byte[] record) {
    return other.predict(model, record);
  }

  @Override
  public byte[] decodeProto(
      byte[] data, String bucket, String objectKey, String protoName, String messageType) {
    return other.decodeProto(data, bucket, objectKey, protoName, messageType);
  }
}
