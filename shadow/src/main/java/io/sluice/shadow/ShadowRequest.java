package io.sluice.shadow;

import io.sluice.message.Origin;
import io.sluice.store.Request;
import org.jspecify.annotations.Nullable;

/**
 * What the owner of a shadow is asked. Closed: the service must know every kind. Payloads are kept
 * by reference and must not change.
 */
public sealed interface ShadowRequest extends Request<ShadowReply> {

  /** The shadow it is about; its thing name is the partition's key. */
  ShadowAddress address();

  <R> R accept(Visitor<R> visitor);

  /** What can also be asked by publishing, and is then answered by publications. */
  sealed interface Published extends ShadowRequest {

    /** The last level of its topic. */
    String verb();

    /** What was sent; may be empty. */
    byte[] payload();

    /** Who asks; HTTP is not told of refusals over MQTT, a will is not served. */
    Origin origin();
  }

  /** The whole document. The payload is empty or an object with a client token. */
  record Get(ShadowAddress address, byte[] payload, Origin origin) implements Published {
    @Override
    public String verb() {
      return "get";
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.get(this);
    }
  }

  /** Merges a document into the shadow; makes the shadow when there is none. */
  record Update(ShadowAddress address, byte[] payload, Origin origin) implements Published {
    @Override
    public String verb() {
      return "update";
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.update(this);
    }
  }

  /** Deletes the shadow. The payload is empty or an object with a client token. */
  record Delete(ShadowAddress address, byte[] payload, Origin origin) implements Published {
    @Override
    public String verb() {
      return "delete";
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.delete(this);
    }
  }

  /**
   * The names of a thing's named shadows in the order of their bytes.
   *
   * @param pageSize 1 to 100; a page may hold fewer although more follow
   * @param nextToken from the page before, null for the first
   */
  record ListNamed(String thing, int pageSize, @Nullable String nextToken)
      implements ShadowRequest {
    @Override
    public ShadowAddress address() {
      return ShadowAddress.classic(thing);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.listNamed(this);
    }
  }

  /**
   * The changes that made the kept versions, oldest first.
   *
   * @param fromVersion the first version wanted; earlier than the first one kept is no error
   * @param pageSize 1 to 100; a page may hold fewer although more follow, when changes are large
   */
  record History(ShadowAddress address, long fromVersion, int pageSize) implements ShadowRequest {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.history(this);
    }
  }

  /** The document as it was when a version was the current one. */
  record AsOfVersion(ShadowAddress address, long version) implements ShadowRequest {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.asOfVersion(this);
    }
  }

  /** The document as it was at a time, milliseconds since the epoch. */
  record AsOfTime(ShadowAddress address, long millis) implements ShadowRequest {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.asOfTime(this);
    }
  }

  /**
   * What differs between two versions.
   *
   * @param toVersion null for the current one
   */
  record Diff(ShadowAddress address, long fromVersion, @Nullable Long toVersion)
      implements ShadowRequest {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.diff(this);
    }
  }

  /**
   * Makes a new version with the state of an old one. It is an update like any other: it is
   * answered, published and remembered as one.
   *
   * @param version the old version
   * @param expectedVersion what the current version must be, null for any
   */
  record RollBack(
      ShadowAddress address, long version, @Nullable Long expectedVersion, Origin origin)
      implements ShadowRequest {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.rollBack(this);
    }
  }

  /** One answer for each kind. */
  interface Visitor<R> {
    R get(Get request);

    R update(Update request);

    R delete(Delete request);

    R listNamed(ListNamed request);

    R history(History request);

    R asOfVersion(AsOfVersion request);

    R asOfTime(AsOfTime request);

    R diff(Diff request);

    R rollBack(RollBack request);
  }
}
