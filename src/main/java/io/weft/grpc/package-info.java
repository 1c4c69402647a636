/**
 * Blocking gRPC calls of Weft's own over a cluster's client.
 *
 * <p>For services that Weft asks: rate limits, discovery, health. A call is made by a virtual
 * thread of a carrier, blocks it, and obeys what the cluster says of connections, TLS, HTTP/2 and
 * circuit breakers. Messages are bytes here; a marshaller makes them of what the caller has. May
 * touch the upstream client and codecs, knows no filter, no route and no protobuf.
 */
@NullMarked
package io.weft.grpc;

import org.jspecify.annotations.NullMarked;
