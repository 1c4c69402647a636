package io.weft.carrier;

import java.io.IOException;

/** How a carrier waits for its sockets. One implementation is loaded in production. */
abstract class Poller {
  /** What the banner calls it. */
  abstract String name();

  /** Waits at most {@code nanos} (0: not at all) for events; returns how many to dispatch. */
  abstract int await(long nanos) throws IOException;

  /** Tells the sockets of the {@code count} events that {@link #await} has found. */
  abstract void dispatch(int count);

  /** Ends a wait; from any thread. */
  abstract void wake();

  /** Closes the poller and every socket registered with it. */
  abstract void close();
}
