package io.weft.codec;

import io.weft.net.Channel;

/** A connection to an upstream host that speaks one version of HTTP. Confined to its carrier. */
public interface ClientConnection {
  /** The channel below. */
  Channel channel();

  /**
   * Starts an exchange. Never blocks.
   *
   * @throws IllegalStateException if as many streams as allowed are open
   */
  ClientStream newStream();

  /** How many streams the connection may carry at the same time; 1 for HTTP/1. */
  int maxStreams();

  /** How many streams were started on this connection so far. */
  long streamsStarted();

  /**
   * Whether another stream may be started once the one that has just ended is over: false if the
   * peer or this side asked to close, if a message was cut, or if bytes came that nobody asked for.
   */
  boolean isReusable();

  /** Closes the connection now; open streams fail. */
  void close();
}
