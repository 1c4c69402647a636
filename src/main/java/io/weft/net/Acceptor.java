package io.weft.net;

import io.weft.carrier.Carrier;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Who takes the connections of a {@link ServerSocket}. Nothing here may block. */
public interface Acceptor {
  /**
   * The carrier that is to serve a connection just accepted on {@code accepting}, null to close it
   * at once. Runs on {@code accepting} outside any virtual thread.
   */
  @Nullable Carrier place(Carrier accepting);

  /** A connection, on the carrier that {@link #place} chose, outside any virtual thread. */
  void accepted(Channel channel);

  /** A connection that {@link #place} has placed is gone; on the carrier chosen for it. */
  void lost(Carrier chosen, IOException cause);

  /**
   * Accepting has failed, as a rule for want of descriptors or memory; the socket pauses for 100
   * ms.
   */
  void acceptFailed(IOException cause);
}
