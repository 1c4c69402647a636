/**
 * Points in time and where they come from: {@link io.weft.time.Deadline} and {@link
 * io.weft.time.Ticker}. Immutable values; any thread, any package; touches the JDK only.
 */
@NullMarked
package io.weft.time;

import org.jspecify.annotations.NullMarked;
