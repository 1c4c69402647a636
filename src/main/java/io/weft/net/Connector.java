package io.weft.net;

import io.weft.carrier.Carrier;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes connections. */
public final class Connector {
  private Connector() {}

  /**
   * A connection to {@code to} on the current carrier; blocks until it is made or has failed.
   *
   * @param bind the address to come from, null for the system's choice
   * @throws ConnectFailedException if the peer or the network refuses
   * @throws NetTimeoutException if the deadline passes
   */
  public static Channel connect(NetAddress to, @Nullable NetAddress bind, long deadlineNanos)
      throws IOException {
    return connect(to, bind, SocketOption.NONE, deadlineNanos);
  }

  /** As {@link #connect(NetAddress, NetAddress, long)}, with options set before the connect. */
  public static Channel connect(
      NetAddress to, @Nullable NetAddress bind, List<SocketOption> options, long deadlineNanos)
      throws IOException {
    Carrier carrier = Carrier.current();
    return carrier.isEpoll()
        ? EpollConnector.connect(carrier, to, bind, options, deadlineNanos)
        : NioConnector.connect(carrier, to, bind, options, deadlineNanos);
  }
}
