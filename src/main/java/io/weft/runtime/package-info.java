/**
 * What changes at run time without a new configuration: values by key in layers, and whether the
 * proxy is draining.
 *
 * <p>It touches the JDK and {@code io.weft.stats} only. Any thread reads; carriers read one
 * volatile field. Changes come from the admin server and the main thread.
 */
@NullMarked
package io.weft.runtime;

import org.jspecify.annotations.NullMarked;
