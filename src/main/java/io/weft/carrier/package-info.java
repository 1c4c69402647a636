/**
 * Where virtual threads run. A {@link io.weft.carrier.Carrier} is one platform thread per core that
 * runs its virtual threads, polls its sockets and keeps its timers; code on one carrier never runs
 * at the same time as other code on it, so state kept in a {@link io.weft.carrier.CarrierLocal}
 * needs no locks. Any package may use it; it touches the JDK, slf4j and {@code io.weft.sys}.
 */
@NullMarked
package io.weft.carrier;

import org.jspecify.annotations.NullMarked;
