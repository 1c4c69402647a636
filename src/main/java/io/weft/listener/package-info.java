/**
 * Listeners: they bind, accept, choose a carrier and a filter chain for each connection, and count.
 * Configured and stopped by the main thread; what is accepted stays on its carrier. They know the
 * network filter chain and nothing of HTTP.
 */
@NullMarked
package io.weft.listener;

import org.jspecify.annotations.NullMarked;
