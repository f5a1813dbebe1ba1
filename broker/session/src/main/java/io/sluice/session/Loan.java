package io.sluice.session;

/**
 * A publication of a shared subscription in the hands of a member that is not persistent. Its
 * connection says exactly once what became of it; any thread, and it returns at once.
 */
public interface Loan {
  /** The member has it, or must not get it: nobody else shall. */
  void done();

  /** The member's connection ended before it acknowledged: another member may have it. */
  void returned();
}
