package io.sluice.sql;

/**
 * An expression made ready to run. Stateless and safe for any thread; all state is in the {@link
 * Frame}.
 */
@FunctionalInterface
interface Code {
  Value run(Frame frame);
}
