/**
 * HTTP messages: headers, request, response, body, status. No I/O of its own.
 *
 * <p>A message belongs to one stream and to the thread of that stream; nothing here is shared
 * between threads except {@link io.weft.http.HeaderName}, which is immutable.
 */
@NullMarked
package io.weft.http;

import org.jspecify.annotations.NullMarked;
