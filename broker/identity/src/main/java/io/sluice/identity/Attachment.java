package io.sluice.identity;

/** How a principal is attached to a thing. */
public enum Attachment {
  /** The principal is this one thing, whatever client identifier it connects with. */
  EXCLUSIVE_THING,
  /** The usual: the principal may be attached to several things. */
  NON_EXCLUSIVE_THING
}
