package io.weft.filter.network.directresponse;

import io.weft.carrier.Carrier;
import io.weft.extension.FactoryScope;
import io.weft.extension.TerminalFilterFactory;
import io.weft.filter.Connection;
import io.weft.filter.NetworkFilter;
import io.weft.filter.network.DownstreamConnection;
import io.weft.net.Buffer;
import io.weft.net.Channel;
import io.weft.net.NetTimeoutException;
import io.weft.schema.Message;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes the direct response filter, {@code envoy.filters.network.direct_response}: each connection
 * gets the configured bytes and is ended.
 */
public final class DirectResponseFactory implements TerminalFilterFactory {
  /**
   * How long what the client still sends is thrown away: closing with unread bytes would reset the
   * connection, and the client might never see the response.
   */
  private static final long LINGER_NANOS = 1_000_000_000;

  @Override
  public String type() {
    return "envoy.extensions.filters.network.direct_response.v3.Config";
  }

  @Override
  public NetworkFilter.Next create(String name, Message config, FactoryScope scope) {
    byte[] response = response(config.message("response"), scope);
    return connection -> respond(connection, response);
  }

  private static byte[] response(@Nullable Message source, FactoryScope scope) {
    if (source == null) {
      return new byte[0];
    }
    return switch (source.oneof("specifier")) {
      case "inline_string" -> source.string("inline_string").getBytes(StandardCharsets.UTF_8);
      case "inline_bytes" -> source.bytes("inline_bytes");
      case "filename" -> {
        try {
          yield Files.readAllBytes(Path.of(source.string("filename")));
        } catch (IOException e) {
          scope.problems().error(source.place("filename"), "cannot be read: " + e.getMessage());
          yield new byte[0];
        }
      }
      case null, default -> new byte[0];
    };
  }

  private static void respond(Connection connection, byte[] response) throws IOException {
    connection.sink().write(ByteBuffer.wrap(response));
    connection.sink().shutdown();
    discard(DownstreamConnection.of(connection).channel());
  }

  private static void discard(Channel channel) throws IOException {
    long until = Carrier.current().nowNanos() + LINGER_NANOS;
    var buffer = Buffer.borrow();
    try {
      while (channel.read(buffer, until) >= 0 && until > System.nanoTime()) {
        buffer.clear();
      }
    } catch (NetTimeoutException e) {
      // it had its time
    } finally {
      buffer.release();
    }
  }
}
