/**
 * The HTTP connection manager, a terminal network filter: it makes streams of a connection, cleans
 * and completes their headers, finds their route, runs the HTTP filters and tells the access log.
 *
 * <p>Entered by the threads of connections and streams; a stream never leaves its carrier.
 */
@NullMarked
package io.weft.hcm;

import org.jspecify.annotations.NullMarked;
