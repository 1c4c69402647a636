/**
 * The one interface to every version of HTTP, in the terms of HTTP/2: connections carry streams, a
 * stream is a request, a response, their bodies and trailers, or a reset. Touches {@code net} and
 * {@code http}; knows no filter, route or cluster.
 *
 * <p>A connection and its streams are confined to the carrier of their channel.
 */
@NullMarked
package io.weft.codec;

import org.jspecify.annotations.NullMarked;
