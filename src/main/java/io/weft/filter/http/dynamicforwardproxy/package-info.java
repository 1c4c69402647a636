/**
 * The dynamic forward proxy filter: has the host of a request looked up before the router opens a
 * connection to it. Touches requests and the DNS cache; runs on the stream's thread, which waits
 * for the first lookup of a name.
 */
@NullMarked
package io.weft.filter.http.dynamicforwardproxy;

import org.jspecify.annotations.NullMarked;
