/**
 * Which route a request takes: immutable tables, compiled from configuration, and pure functions
 * over {@code http}.
 *
 * <p>Tables are shared by all carriers and are swapped as a whole; matching runs on the stream's
 * thread, allocates nothing to speak of and never blocks. Reading configuration and compiling
 * happen on the main thread.
 */
@NullMarked
package io.weft.route;

import org.jspecify.annotations.NullMarked;
