/**
 * The buffer filter: waits for the whole request before it goes upstream. Touches requests only;
 * runs on the stream's thread.
 */
@NullMarked
package io.weft.filter.http.buffer;

import org.jspecify.annotations.NullMarked;
