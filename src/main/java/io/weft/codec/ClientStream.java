package io.weft.codec;

import io.weft.http.Body;
import io.weft.http.Request;
import io.weft.http.Response;
import java.io.IOException;

/**
 * One exchange as its initiator sees it. One thread sends and another may receive, both on the
 * carrier of the connection.
 */
public interface ClientStream {
  /** Runs {@code action} once, on the carrier, when both directions are over or it was reset. */
  void onEnd(Runnable action);

  /**
   * Sends the head, and of the body what is at hand without waiting for it, in as few writes as
   * possible. Blocks only while the connection does not take the head.
   *
   * <p>Of a request for an upgrade nothing but the head is sent. If {@link #receive} returns the
   * answer that accepts it, {@link #sendBody} sends what goes through the tunnel and then ends this
   * side of it; any other answer ends the request as it is, without a body.
   *
   * @return whether the whole request is out; if not, {@link #sendBody} sends the rest
   */
  boolean sendHead(Request request, Timeouts timeouts) throws IOException;

  /** Sends what is left of the body of the request given to {@link #sendHead}, and its trailers. */
  void sendBody(Body body, Timeouts timeouts) throws IOException;

  /**
   * As {@link #sendBody} for what goes through a tunnel, but it need not wait for more of it: where
   * the body is that of an idle connection, the thread may end.
   *
   * @param more runs in a new thread when there is more, or the exchange was reset
   * @return whether it is out to its end; if not, {@code more} will run, and calls this again
   */
  default boolean sendTunnel(Body body, Timeouts timeouts, Runnable more) throws IOException {
    sendBody(body, timeouts);
    return true;
  }

  /**
   * Blocks until the head of the final response is here.
   *
   * @param interim told of each 1xx response that is passed on
   * @throws ProtocolException if what came is not a response
   */
  Response receive(Interim interim, Timeouts timeouts) throws IOException;

  /** The limits of a thread in {@link #receive} have moved. */
  void deadlineMoved(Timeouts timeouts);

  /** The status of the final response once its head has been read, 0 before. */
  int status();

  /** Whether any byte of a response has come. */
  boolean responseStarted();

  /** Whether the connection carried another stream before this one. */
  boolean onReusedConnection();

  /** Bytes of this stream written to the connection so far, framing included. */
  long bytesSent();

  /** Bytes of this stream read from the connection so far, framing included. */
  long bytesReceived();

  /** Ends the exchange at once; the peer sees a reset or a closed connection. Never blocks. */
  void reset();
}
