/**
 * The program: {@code main}, the commands, and the one place that puts every other package
 * together. Loads configuration, opens listeners, drains and ends. Runs on the main thread.
 */
@NullMarked
package io.weft.server;

import org.jspecify.annotations.NullMarked;
