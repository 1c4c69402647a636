package io.weft.server;

import io.weft.codec.h2.Http2Peer;
import io.weft.testing.Http1Exchange;
import io.weft.testing.Peer;
import io.weft.testing.ScriptedServer;
import io.weft.testing.TestCertificates;
import io.weft.testing.TestExchange;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A proxy between a client and an origin that each speak what they are told, with both of them in
 * the hands of a test. The proxy stays over many exchanges, and so do its connections to the
 * origin; each exchange has a client of its own.
 *
 * <p>Paths: {@code /go} leads to the origin, {@code /slow} too but for a tenth of a second only,
 * {@code /nobody} to an endpoint that is not there, and nothing else leads anywhere.
 */
final class ProtocolPair implements AutoCloseable {
  private static final TestCertificates CA = TestCertificates.authority("ca");
  private static final TestCertificates.Pair SERVER =
      CA.leaf("server").dns("localhost").ip("127.0.0.1").sign();
  private static final SSLContext CLIENT_SIDE = CA.context();
  private static final SSLContext SERVER_SIDE = CA.context(SERVER);

  /** What the origin does with a request, whose head it has read. */
  interface Origin {
    void answer(TestExchange exchange, TestExchange.Fields request) throws Exception;
  }

  /** What the client does. */
  interface Client {
    void ask(TestExchange exchange) throws Exception;
  }

  private record Expected(Origin origin, CompletableFuture<Void> done) {}

  private final Spoken down;
  private final Spoken up;
  private final TlsSetup setup;
  private final Path directory;
  private final ScriptedServer server;
  private final TestProxy proxy;
  private final AtomicReference<@Nullable Expected> expected = new AtomicReference<>();
  private final AtomicReference<@Nullable String> surprise = new AtomicReference<>();

  ProtocolPair(Spoken down, Spoken up, TlsSetup setup) throws IOException {
    this.down = down;
    this.up = up;
    this.setup = setup;
    directory = Files.createTempDirectory("pair");
    SERVER.write(directory, "server");
    Files.writeString(directory.resolve("ca.crt"), CA.pem());
    server = ScriptedServer.start(this::serve);
    var builder =
        setup
            .proxy(server.port())
            .hcm("http_protocol_options: {enable_trailers: true}")
            .virtualHosts(HOSTS)
            .cluster(options())
            .clusters(nobody());
    if (down.isTls()) {
      String offered = "alpn_protocols: [" + down.protocol() + "]";
      builder.chain(TlsSetup.context(directory, "", offered, "server"));
    }
    if (up.isTls()) {
      builder.cluster(tls());
    }
    proxy = builder.start();
  }

  private static final String HOSTS =
      """
      - name: all
        domains: ['*']
        routes:
        - {match: {prefix: /go}, route: {cluster: up, timeout: 5s}}
        - {match: {prefix: /slow}, route: {cluster: up, timeout: 0.1s}}
        - {match: {prefix: /nobody}, route: {cluster: nobody, timeout: 5s}}
      """;

  private String options() {
    return """
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {%s}
    """
        .formatted(
            up.isHttp2()
                ? "http2_protocol_options: {}"
                : "http_protocol_options: {enable_trailers: true}");
  }

  private static String nobody() throws IOException {
    return """
    - name: nobody
      load_assignment:
        cluster_name: nobody
        endpoints:
        - lb_endpoints:
          - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
    """
        .formatted(freePort());
  }

  private String tls() {
    return """
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        sni: localhost
        common_tls_context:
          alpn_protocols: [%s]
          validation_context: {trusted_ca: {filename: %s}}
    """
        .formatted(up.protocol(), directory.resolve("ca.crt"));
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  // the origin

  private void serve(Peer tcp) throws Exception {
    Peer peer = up.isTls() ? tcp.secured(SERVER_SIDE, true, up.protocol()) : tcp;
    if (up.isHttp2()) {
      var connection = new Http2Peer(peer, true);
      while (true) {
        answer(connection.next());
      }
    }
    Http1Exchange exchange;
    do {
      exchange = new Http1Exchange(peer);
      answer(exchange);
    } while (exchange.isWhole());
    peer.close();
  }

  private void answer(TestExchange exchange) throws IOException {
    var request = exchange.head();
    Expected now = expected.getAndSet(null);
    if (now == null) {
      surprise.set("a request that nobody expects: " + request);
      throw new IOException("nobody expects it");
    }
    try {
      now.origin.answer(exchange, request);
      now.done.complete(null);
    } catch (Exception | AssertionError e) {
      now.done.completeExceptionally(e);
      throw new IOException(e);
    }
  }

  // the client

  /**
   * Lets a client ask and the origin answer; fails if either does. Returns how the proxy logs the
   * stream.
   */
  String exchange(Client client, Origin origin) throws Exception {
    proxy.forgetEnded(); // of an exchange that failed
    var done = new CompletableFuture<Void>();
    expected.set(new Expected(origin, done));
    try (var exchange = connect()) {
      try {
        client.ask(exchange);
      } catch (Exception | AssertionError e) {
        if (done.isCompletedExceptionally()) {
          e.addSuppressed(done.exceptionNow());
        }
        throw e;
      }
      done.get(10, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("the origin: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("the origin has not come to its end", e);
    }
    return ended();
  }

  /** As {@link #exchange}, of a request that does not get to the origin. */
  String alone(Client client) throws Exception {
    proxy.forgetEnded();
    try (var exchange = connect()) {
      client.ask(exchange);
    }
    return ended();
  }

  private String ended() {
    String line = proxy.takeEnded();
    String wrong = surprise.get();
    if (wrong != null) {
      throw new AssertionError(wrong);
    }
    return line;
  }

  private TestExchange connect() throws IOException {
    Peer tcp = Peer.connect(proxy.port());
    Peer peer = down.isTls() ? tcp.secured(CLIENT_SIDE, false, down.protocol()) : tcp;
    return down.isHttp2() ? new Http2Peer(peer, false).open() : new Http1Exchange(peer);
  }

  @Override
  public String toString() {
    return down + " to " + up + ", " + setup;
  }

  /** How many connections the origin has been given. */
  int connections() {
    return server.accepted();
  }

  @Override
  public void close() throws IOException {
    try {
      proxy.close();
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(this + ": " + e.getMessage(), e);
    } finally {
      server.close();
      for (String name : new String[] {"server.crt", "server.key", "ca.crt"}) {
        Files.delete(directory.resolve(name));
      }
      Files.delete(directory);
    }
  }
}
