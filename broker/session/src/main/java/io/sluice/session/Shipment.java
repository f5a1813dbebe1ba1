package io.sluice.session;

import io.sluice.message.Publication;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * One publication on its way to online subscribers, shared by all of them. The transport keeps its
 * encoded form here, so a fan-out encodes once for each protocol version and quality of service;
 * what the forms hold is the transport's secret.
 *
 * <p>Any thread: two loops that miss a form at once both make it, and one wins.
 */
public final class Shipment {
  private static final int FORMS = 4;
  private static final VarHandle FORM = MethodHandles.arrayElementVarHandle(byte[][].class);

  private final Publication publication;
  private final byte[][] forms = new byte[FORMS][];

  public Shipment(Publication publication) {
    this.publication = publication;
  }

  public Publication publication() {
    return publication;
  }

  /** The form kept under this index, 0..3, or null. */
  public byte @Nullable [] form(int index) {
    return (byte @Nullable []) FORM.getAcquire(forms, index);
  }

  /** Keeps an encoded form; it must not change any more. */
  public void keepForm(int index, byte[] form) {
    FORM.setRelease(forms, index, form);
  }
}
