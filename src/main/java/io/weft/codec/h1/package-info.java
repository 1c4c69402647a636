/**
 * HTTP/1.1 and 1.0, both sides (RFC 9112): strict in what it takes, exact in what it passes on.
 *
 * <p>Entered by the thread of a connection, and for the body of a request by a second virtual
 * thread of the same carrier.
 */
@NullMarked
package io.weft.codec.h1;

import org.jspecify.annotations.NullMarked;
