/**
 * Where log lines go: logback set up in code, a bounded queue, and one thread that writes.
 *
 * <p>It touches logback and {@code io.weft.stats}. Any thread logs through slf4j and never waits
 * for the output; the main thread starts and ends it, the admin server changes levels.
 */
@NullMarked
package io.weft.logging;

import org.jspecify.annotations.NullMarked;
