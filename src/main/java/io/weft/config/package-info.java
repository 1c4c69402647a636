/**
 * Where a configuration comes from: the directory or the single Envoy file, the sets of defaults,
 * the process settings, and the checks across resources. Gives checked messages of {@code
 * io.weft.schema}; touches files and no sockets. Entered from the main thread only.
 */
@NullMarked
package io.weft.config;

import org.jspecify.annotations.NullMarked;
