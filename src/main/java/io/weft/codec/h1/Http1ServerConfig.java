package io.weft.codec.h1;

import io.weft.codec.Timeouts;

/**
 * How a server speaks HTTP/1. Times are nanoseconds, {@link Timeouts#NONE} is no limit.
 *
 * @param limits of a request head
 * @param acceptHttp10 whether HTTP/1.0 is served; otherwise the answer is 426
 * @param defaultHost host of an HTTP/1.0 request that names none; empty for none
 * @param absoluteTargets whether {@code GET http://host/path} is taken
 * @param trailers whether trailers are passed on
 * @param sendContinue whether {@code 100 Continue} is sent from here when the body is first read
 * @param headersNanos from the first byte of a request to the end of its head
 * @param idleNanos how long a connection waits for a request
 * @param maxConnectionNanos how old a connection may become
 * @param maxRequests requests served on one connection; 0 for no limit
 * @param delayedCloseNanos how long a closed connection may still be read, so that the client sees
 *     the last answer
 * @param properCase whether names of response headers are written with capitals
 * @param keepsAfterErrors whether a connection goes on after a bad request whose end is known
 */
public record Http1ServerConfig(
    HeadLimits limits,
    boolean acceptHttp10,
    String defaultHost,
    boolean absoluteTargets,
    boolean trailers,
    boolean sendContinue,
    long headersNanos,
    long idleNanos,
    long maxConnectionNanos,
    long maxRequests,
    long delayedCloseNanos,
    boolean properCase,
    boolean keepsAfterErrors) {
  /** Envoy's defaults: an hour idle, a second for the delayed close, the rest without limit. */
  public static final Http1ServerConfig DEFAULT =
      new Http1ServerConfig(
          HeadLimits.DEFAULT,
          false,
          "",
          true,
          false,
          true,
          Timeouts.NONE,
          3_600_000_000_000L,
          Timeouts.NONE,
          0,
          1_000_000_000L,
          false,
          false);
}
