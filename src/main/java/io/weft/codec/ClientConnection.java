package io.weft.codec;

import io.weft.http.Protocol;
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

  /** The version it speaks. */
  Protocol protocol();

  /**
   * No stream is open, nor will be for a while. {@code unfit} runs on the carrier, outside any
   * thread, once the connection is of no use any more; {@link #resume} takes it back.
   *
   * @return false, and nothing happens, if it is of no use already
   */
  boolean rest(Runnable unfit);

  /** Ends {@link #rest}; false if the connection is not fit for use. */
  boolean resume();

  /** Runs {@code action}, on the carrier, whenever {@link #maxStreams} may have changed. */
  default void onRoom(Runnable action) {}

  /** Closes the connection now; open streams fail. */
  void close();
}
