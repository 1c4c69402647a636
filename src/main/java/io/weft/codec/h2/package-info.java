/**
 * HTTP/2 (RFC 9113) and HPACK (RFC 7541), both sides of a connection. Touches {@code codec}, {@code
 * http} and {@code net}; knows no filter, route or cluster.
 *
 * <p>The rules for threads stand at {@code Http2Connection}.
 */
@NullMarked
package io.weft.codec.h2;

import org.jspecify.annotations.NullMarked;
