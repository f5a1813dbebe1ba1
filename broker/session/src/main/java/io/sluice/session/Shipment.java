package io.sluice.session;

import io.sluice.message.Publication;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * One publication on its way to online subscribers, shared by all of them. The transport keeps its
 * encoded form here, so a fan-out encodes once for each protocol version and quality of service;
 * what the forms hold is the transport's secret.
 *
 * <p>Any thread: two loops that miss a form at once both make it, and one wins.
 */
public final class Shipment {
  private static final int FORMS = 8;

  private final Publication publication;
  private final AtomicReferenceArray<byte @Nullable []> forms = new AtomicReferenceArray<>(FORMS);

  public Shipment(Publication publication) {
    this.publication = publication;
  }

  public Publication publication() {
    return publication;
  }

  /** The form kept under this index, 0..7, or null. */
  public byte @Nullable [] form(int index) {
    return forms.get(index);
  }

  /** Keeps an encoded form; it must not change any more. */
  public void keepForm(int index, byte[] form) {
    forms.set(index, form);
  }
}
