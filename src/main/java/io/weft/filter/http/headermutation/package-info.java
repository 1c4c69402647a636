/**
 * The header mutation filter: adds, replaces and removes headers of requests and responses. Touches
 * heads only; runs on the stream's thread.
 */
@NullMarked
package io.weft.filter.http.headermutation;

import org.jspecify.annotations.NullMarked;
