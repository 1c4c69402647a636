package io.weft.codec;

import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import java.io.IOException;

/**
 * One exchange as the server sees it. Runs on one virtual thread; the body of the request may be
 * read by a second one of the same carrier.
 */
public interface ServerStream {
  /** The {@link #cancelDetail} of a client whose connection has ended. */
  String REMOTE_DISCONNECT = "downstream_remote_disconnect";

  /** The {@link #cancelDetail} of a client whose message breaks the rules of HTTP/2. */
  String MESSAGING_RULE = "http2.violation.of.messaging.rule";

  /** The request as it came. */
  Request request();

  /** The limits that reads and writes of this stream keep. */
  Timeouts timeouts();

  /** Sends an interim response (RFC 9110 15.2); does nothing where the client cannot take one. */
  void sendInterim(int status, Headers headers) throws IOException;

  /**
   * Sends the final response: head, body and trailers. Blocks until all of it is written. Reads the
   * body to its end and closes it.
   *
   * @throws BodyBrokenException if the body cannot be read; another response may be sent if {@link
   *     #responseStarted} is still false
   */
  void send(Response response) throws IOException;

  /** Whether the head of the final response has begun to go out. */
  boolean responseStarted();

  /** Whether the request has been read to its end. */
  boolean requestComplete();

  /** Ends the exchange at once; the client sees that the response is cut. Never blocks. */
  void reset();

  /**
   * What is left of the request is not read: where another could not follow it, HTTP/1, the
   * connection ends after this response.
   */
  void closeAfterResponse();

  /** The client is told, with this response or beside it, to use other connections from now on. */
  void drainConnection();

  /** The client is gone: what still waits for it or for its upstream is woken and fails. */
  boolean isCanceled();

  /** Why the client is gone, where {@link #isCanceled}, in Envoy's words. */
  String cancelDetail();

  /** Whether a stream that was not served to its end had to end because its connection did. */
  boolean isCutByConnection();

  /** Registers what a canceled stream must stop; null for none. */
  void onCancel(@org.jspecify.annotations.Nullable Runnable action);

  /** Bytes of the body of the request read so far. */
  long bodyBytesReceived();

  /** Bytes of the body of the response written so far, without framing. */
  long bodyBytesSent();

  /** When the first byte of the response was written (System.nanoTime), or -1. */
  long firstByteSentNanos();

  /** When the last byte of the request was read (System.nanoTime), or -1. */
  long requestEndNanos();
}
