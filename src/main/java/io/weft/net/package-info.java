/**
 * Bytes over stream sockets, blocking with deadlines: {@link io.weft.net.Channel}, {@link
 * io.weft.net.Connector}, {@link io.weft.net.ServerSocket}, {@link io.weft.net.Buffer}. Everything
 * here is confined to a carrier unless it says otherwise; what blocks parks the virtual thread. It
 * touches the carrier, time and sys packages, and knows nothing of a protocol.
 */
@NullMarked
package io.weft.net;

import org.jspecify.annotations.NullMarked;
