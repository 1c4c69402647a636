package io.weft.upstream;

import io.weft.codec.ClientConnection;
import io.weft.net.Channel;

/**
 * Makes HTTP connections of open channels.
 *
 * @param shares whether a connection may carry many streams at a time, as far as is known before
 *     there is one
 */
record ClientCodec(boolean shares, Maker maker) {
  /** Makes a connection of a channel. Never blocks. */
  @FunctionalInterface
  interface Maker {
    ClientConnection client(Channel channel);
  }

  ClientConnection client(Channel channel) {
    return maker.client(channel);
  }
}
