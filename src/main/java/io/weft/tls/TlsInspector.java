package io.weft.tls;

import io.weft.net.Buffer;
import io.weft.net.Channel;
import io.weft.stats.Counter;
import io.weft.stats.Scope;
import java.io.IOException;
import java.util.List;

/**
 * Looks at the first bytes of a connection and leaves them there (Envoy's tls_inspector). Shared by
 * all carriers.
 */
public final class TlsInspector {
  private final Counter tlsFound;
  private final Counter tlsNotFound;
  private final Counter nameFound;
  private final Counter nameNotFound;
  private final Counter protocolsFound;
  private final Counter protocolsNotFound;
  private final Counter tooLarge;
  private final Counter closed;

  /**
   * What the first bytes say.
   *
   * @param tls whether they are a ClientHello
   * @param serverName what SNI asks for, empty for nothing
   * @param protocols what ALPN offers, in the client's order
   */
  public record Found(boolean tls, String serverName, List<String> protocols) {
    /** Of a connection that was not looked at. */
    public static final Found NOTHING = new Found(false, "", List.of());
  }

  /** Counts in {@code scope}. */
  public TlsInspector(Scope scope) {
    tlsFound = scope.counter("tls_found");
    tlsNotFound = scope.counter("tls_not_found");
    nameFound = scope.counter("sni_found");
    nameNotFound = scope.counter("sni_not_found");
    protocolsFound = scope.counter("alpn_found");
    protocolsNotFound = scope.counter("alpn_not_found");
    tooLarge = scope.counter("client_hello_too_large");
    closed = scope.counter("connection_closed");
  }

  /**
   * Blocks until enough has come to tell. What was read is put back, also where this fails.
   *
   * @throws TlsException if the client ended the connection, or its ClientHello is too large or
   *     malformed: the connection is to be closed
   * @throws io.weft.net.NetTimeoutException if the deadline passes
   */
  public Found inspect(Channel channel, long deadlineNanos) throws IOException {
    channel.awaitReadable(deadlineNanos);
    Buffer read = Buffer.borrow();
    try {
      return look(channel, read, deadlineNanos);
    } finally {
      channel.putBack(read);
    }
  }

  private Found look(Channel channel, Buffer read, long deadlineNanos) throws IOException {
    while (true) {
      switch (ClientHello.look(read)) {
        case MORE -> {
          if (channel.read(read, deadlineNanos) < 0) {
            closed.inc();
            throw TlsException.of("the client ended the connection");
          }
        }
        case NOT_TLS -> {
          tlsNotFound.inc();
          return Found.NOTHING;
        }
        case TOO_LARGE -> {
          tooLarge.inc();
          throw TlsException.of("a ClientHello that is too large");
        }
        case WHOLE -> {
          ClientHello hello = ClientHello.parse(read);
          if (hello == null) {
            throw TlsException.of("a malformed ClientHello");
          }
          tlsFound.inc();
          (hello.serverName().isEmpty() ? nameNotFound : nameFound).inc();
          (hello.protocols().isEmpty() ? protocolsNotFound : protocolsFound).inc();
          return new Found(true, hello.serverName(), hello.protocols());
        }
      }
    }
  }
}
