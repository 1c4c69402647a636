/**
 * Connections to the endpoints of clusters: pools, one try at an upstream, the client for side
 * calls.
 *
 * <p>Entered by the virtual threads of carriers; each carrier has pools of its own, so nothing here
 * is locked. What is process-wide are the circuit breakers of {@code io.weft.cluster} and the
 * messages by which one carrier tells another that a connection may be opened again. May touch
 * clusters, codecs and channels, knows no filter and no route. Only the router and the TCP proxy
 * send a stream's own traffic through it.
 */
@NullMarked
package io.weft.upstream;

import org.jspecify.annotations.NullMarked;
