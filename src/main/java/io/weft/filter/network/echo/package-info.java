/**
 * Echo: a terminal network filter that sends back what it receives. Entered by the connection's
 * virtual thread.
 */
@NullMarked
package io.weft.filter.network.echo;

import org.jspecify.annotations.NullMarked;
