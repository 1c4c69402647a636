package io.weft.filter.network.echo;

import io.weft.extension.FactoryScope;
import io.weft.extension.TerminalFilterFactory;
import io.weft.filter.Connection;
import io.weft.filter.NetworkFilter;
import io.weft.filter.network.DownstreamConnection;
import io.weft.net.Channel;
import io.weft.schema.Message;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Makes the echo filter, {@code envoy.filters.network.echo}: what a client sends comes back, and
 * its end too.
 */
public final class EchoFactory implements TerminalFilterFactory {
  private static final int WRAPPED_BYTES = 16 * 1024;

  @Override
  public String type() {
    return "envoy.extensions.filters.network.echo.v3.Echo";
  }

  @Override
  public NetworkFilter.Next create(String name, Message config, FactoryScope scope) {
    return EchoFactory::echo;
  }

  private static void echo(Connection connection) throws IOException {
    var downstream = DownstreamConnection.of(connection);
    if (downstream.unwrapped()) {
      echo(downstream.channel());
      downstream.halfClosed();
    } else {
      echoThroughFilters(downstream);
    }
    connection.sink().shutdown();
  }

  private static void echo(Channel channel) throws IOException {
    long count;
    do {
      count = channel.relayTo(channel, Long.MAX_VALUE, Long.MAX_VALUE);
    } while (count >= 0);
  }

  private static void echoThroughFilters(Connection connection) throws IOException {
    var buffer = ByteBuffer.allocate(WRAPPED_BYTES);
    while (connection.source().read(buffer) >= 0) {
      connection.sink().write(buffer.flip());
      buffer.clear();
    }
  }
}
