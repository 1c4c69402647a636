package io.weft.upstream;

import io.weft.codec.ClientConnection;
import io.weft.net.Channel;

/** Makes an HTTP connection of an open channel. Never blocks. */
@FunctionalInterface
interface ClientCodec {
  ClientConnection client(Channel channel);
}
