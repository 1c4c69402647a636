package io.weft.codec;

import java.io.IOException;

/** Serves the streams of a connection; called once for each, on the thread of the stream. */
public interface StreamServer {
  /**
   * Serves one stream: sends a response, or resets it. What it throws resets the stream.
   *
   * @throws IOException if the client is gone
   */
  void serve(ServerStream stream) throws IOException;

  /**
   * Bytes came that are not a request. The answer has been chosen by the codec, which sends it and
   * closes the connection when this returns.
   *
   * @param stream has a request without meaning beyond what could be read; to be logged
   */
  void refuse(ServerStream stream, ProtocolException cause) throws IOException;

  /** The connection is idle from now on: no stream, nothing buffered. */
  default void onIdle() {}

  /** The connection has ended; called once. */
  default void onClosed(Ending ending) {}

  /** Why a connection ended. */
  enum Ending {
    /** The peer closed it. */
    REMOTE,
    /** This side closed it. */
    LOCAL,
    /** No request came for as long as an idle connection is kept. */
    IDLE_TIMEOUT,
    /** It was as old as a connection may become. */
    MAX_DURATION,
    /** The head of a request did not come in time. */
    HEADERS_TIMEOUT,
    /** The peer broke the protocol. */
    PROTOCOL_ERROR
  }
}
