/**
 * Clusters: their configuration, endpoints, circuit breakers and statistics, and who is next.
 *
 * <p>Holds what is known of a cluster, never a connection to it: those are {@code
 * io.weft.upstream}. May touch {@code io.weft.net} addresses, {@code io.weft.schema} for its
 * configuration and {@code io.weft.stats}. Configuration is read on the main thread; everything
 * else here is entered from every carrier at once and is immutable, a counter, or says how it is
 * guarded.
 */
@NullMarked
package io.weft.cluster;

import org.jspecify.annotations.NullMarked;
