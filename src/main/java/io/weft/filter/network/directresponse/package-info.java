/**
 * Direct response for connections: a terminal network filter that says what is configured and ends.
 * Entered by the connection's virtual thread.
 */
@NullMarked
package io.weft.filter.network.directresponse;

import org.jspecify.annotations.NullMarked;
