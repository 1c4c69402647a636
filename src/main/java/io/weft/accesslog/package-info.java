/**
 * What is told of a finished stream: which ones, in which form, to which file. Reads {@code Facts},
 * changes nothing.
 *
 * <p>Lines are rendered on the thread of the stream; files are written by threads of their own.
 */
@NullMarked
package io.weft.accesslog;

import org.jspecify.annotations.NullMarked;
