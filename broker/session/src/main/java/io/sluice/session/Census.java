package io.sluice.session;

/**
 * How the persistent sessions stand.
 *
 * @param sessions persistent ones, online or not
 * @param offline of these, those whose client is not there
 * @param inboxMessages messages that wait or are under way, over all inboxes
 * @param inboxMax the same in the fullest inbox
 * @param inboxBytes what these messages weigh; one that several inboxes wait for counts in each
 * @param wills wills on disk, of clients that are there and of those that are gone
 */
public record Census(
    long sessions, long offline, long inboxMessages, long inboxMax, long inboxBytes, long wills) {
  static final Census NONE = new Census(0, 0, 0, 0, 0, 0);

  Census plus(Census other) {
    return new Census(
        sessions + other.sessions,
        offline + other.offline,
        inboxMessages + other.inboxMessages,
        Math.max(inboxMax, other.inboxMax),
        inboxBytes + other.inboxBytes,
        wills + other.wills);
  }
}
