package io.weft.codec;

/**
 * The server's side of a connection, of whatever version of HTTP. {@link #run} serves it on a
 * virtual thread of its carrier, until it is over or needs no thread for a while.
 */
public interface ServerConnection extends Runnable {
  /**
   * From now on the client is told to use other connections: one without a stream closes soon, the
   * others when their streams are over. On the carrier; never blocks.
   */
  void drain();
}
