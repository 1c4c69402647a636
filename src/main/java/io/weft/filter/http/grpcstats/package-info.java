/**
 * The gRPC statistics filter: counts calls and messages by method. Changes nothing of what passes;
 * runs on the stream's threads.
 */
@NullMarked
package io.weft.filter.http.grpcstats;

import org.jspecify.annotations.NullMarked;
