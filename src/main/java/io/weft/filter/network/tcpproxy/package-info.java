/**
 * The TCP proxy: a terminal network filter that connects each downstream connection to an endpoint
 * of a cluster and moves bytes both ways.
 *
 * <p>May touch {@code upstream}, clusters and channels; knows of HTTP no more than CONNECT. Entered
 * by the connection's virtual thread, which moves what the client sends; a second one on the same
 * carrier moves what the endpoint sends.
 */
@NullMarked
package io.weft.filter.network.tcpproxy;

import org.jspecify.annotations.NullMarked;
