/**
 * The router, the end of every HTTP filter chain: answers, or sends the request to an upstream host
 * and hands its response back. Runs on the thread of the stream.
 */
@NullMarked
package io.weft.filter.http.router;

import org.jspecify.annotations.NullMarked;
