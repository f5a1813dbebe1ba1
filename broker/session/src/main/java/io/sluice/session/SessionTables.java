package io.sluice.session;

import io.sluice.store.Table;

/** Rows of this room; drawn in {@code docs/formats/session.md}. */
final class SessionTables {
  /** {@code clientId -> SessionRow}. */
  static final Table SESSIONS = new Table("sessions");

  /** {@code clientId | filter -> options}. */
  static final Table SUBSCRIPTIONS = new Table("subscriptions");

  /** {@code clientId | sequence -> entry}. */
  static final Table INBOX = new Table("inbox");

  /**
   * {@code message number -> publication}: one row for all inboxes of the partition that wait for
   * it.
   */
  static final Table MESSAGES = new Table("inbox-messages");

  /** {@code clientId | packet identifier}: publications of QoS 2 taken and not released yet. */
  static final Table RECEIVED = new Table("received");

  /** {@code clientId -> WillRow}. */
  static final Table WILLS = new Table("wills");

  /** {@code number -> group, publication}: lent to members that are not persistent. */
  static final Table LOANS = new Table("loans");

  /** {@code topic -> publication}. */
  static final Table RETAINED = new Table("retained");

  private SessionTables() {}
}
