package io.weft.codec.h1;

/**
 * How a client speaks HTTP/1.
 *
 * @param limits of a response head
 * @param trailers whether trailers are passed on
 * @param properCase whether names of request headers are written with capitals
 */
public record Http1ClientConfig(HeadLimits limits, boolean trailers, boolean properCase) {
  /** Envoy's defaults; trailers as the server side passes them. */
  public static final Http1ClientConfig DEFAULT =
      new Http1ClientConfig(HeadLimits.DEFAULT, true, false);
}
