/**
 * A downstream connection as listeners make it, and below this package one package for each network
 * filter. Entered by the thread of the connection.
 */
@NullMarked
package io.weft.filter.network;

import org.jspecify.annotations.NullMarked;
