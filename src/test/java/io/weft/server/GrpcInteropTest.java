package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptors;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.testing.integration.AbstractInteropTest;
import io.grpc.testing.integration.TestServiceImpl;
import io.weft.testing.TestCertificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * gRPC's own interoperability tests, between grpc-java's client and server with the proxy between
 * them, in clear and over TLS on either side.
 */
@SuppressWarnings("JUnitMethodInvoked") // they are JUnit 4's, which does not run here
@ParameterizedClass
@CsvSource({"false, false", "false, true", "true, false", "true, true"})
class GrpcInteropTest {
  private static final TestCertificates CA = TestCertificates.authority("ca");
  private static final TestCertificates.Pair CERTIFICATE =
      CA.leaf("server").dns("localhost").dns("grpc.test").ip("127.0.0.1").sign();

  @TempDir static Path directory;
  private static ScheduledExecutorService executor;

  @Parameter(0)
  boolean secureClient;

  @Parameter(1)
  boolean secureServer;

  private Server server;
  private TestProxy proxy;

  @BeforeAll
  static void files() throws Exception {
    executor = Executors.newScheduledThreadPool(2);
    Files.writeString(directory.resolve("ca.crt"), CA.pem());
    CERTIFICATE.write(directory, "server");
  }

  @AfterAll
  static void stopExecutor() {
    executor.shutdownNow();
  }

  /** The cases, against whatever listens on a port. */
  private static final class Client extends AbstractInteropTest {
    private final int port;
    private final boolean secure;

    Client(int port, boolean secure) {
      this.port = port;
      this.secure = secure;
    }

    @Override
    protected ManagedChannelBuilder<?> createChannelBuilder() {
      var builder =
          NettyChannelBuilder.forAddress("127.0.0.1", port).maxInboundMessageSize(16 << 20);
      if (!secure) {
        return builder.usePlaintext();
      }
      try {
        return builder
            .overrideAuthority("grpc.test")
            .sslContext(
                GrpcSslContexts.forClient()
                    .trustManager(directory.resolve("ca.crt").toFile())
                    .build());
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    @Override
    protected boolean metricsExpected() {
      return false; // the server's are not in reach
    }

    @Override
    protected int operationTimeoutMillis() {
      return 10_000;
    }
  }

  @BeforeEach
  void start() throws Exception {
    var service = new TestServiceImpl(executor);
    var builder =
        NettyServerBuilder.forPort(0)
            .maxInboundMessageSize(16 << 20)
            .addService(ServerInterceptors.intercept(service, TestServiceImpl.interceptors()));
    if (secureServer) {
      builder.useTransportSecurity(
          directory.resolve("server.crt").toFile(), directory.resolve("server.key").toFile());
    }
    server = ((ServerBuilder<?>) builder).build().start();
    var settings =
        TestProxy.to(server.getPort())
            .cluster("http2_protocol_options: {}")
            .route("timeout: 0s\nmax_stream_duration: {grpc_timeout_header_max: 0s}");
    if (secureServer) {
      settings.cluster(upstreamTls());
    }
    if (secureClient) {
      settings.chain(TlsSetup.context(directory, "", "alpn_protocols: [h2]", "server"));
    }
    proxy = settings.start();
  }

  /** A case of grpc's tests. */
  private interface Case {
    void run(Client client) throws Exception;
  }

  /** Runs each case with a channel of its own, as its author meant it to. */
  private void run(Case... cases) throws Exception {
    for (Case each : cases) {
      var client = new Client(proxy.port(), secureClient);
      client.setUp();
      try {
        each.run(client);
      } finally {
        client.tearDown();
      }
    }
  }

  /**
   * As {@link #run} for calls that client, proxy and server have the same deadline for: who is
   * first is chance, on a busy machine above all, and a case wants it to be the client. One of ten
   * attempts has to be as it wants.
   */
  private void runUntilTheClientIsFirst(Case... cases) throws Exception {
    for (Case each : cases) {
      for (int attempt = 1; ; attempt++) {
        try {
          run(each);
          break;
        } catch (AssertionError e) {
          if (attempt == 10) {
            throw e;
          }
        }
      }
    }
  }

  private static String upstreamTls() {
    return """
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        sni: grpc.test
        common_tls_context:
          alpn_protocols: [h2]
          validation_context: {trusted_ca: {filename: %s}}
    """
        .formatted(directory.resolve("ca.crt"));
  }

  @AfterEach
  void stop() throws Exception {
    proxy.close();
    server.shutdownNow();
    assertThat(server.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void unaryCallsAreAnswered() throws Exception {
    run(
        Client::emptyUnary,
        Client::largeUnary,
        Client::veryLargeRequest,
        Client::veryLargeResponse);
    assertThat(proxy.stat("cluster.up.upstream_cx_http2_total")).isEqualTo(1);
    assertThat(proxy.stat("http.test.downstream_cx_http2_total")).isEqualTo(4);
  }

  @Test
  void streamsFlowInEachDirection() throws Exception {
    run(
        Client::clientStreaming,
        Client::serverStreaming,
        Client::pingPong,
        Client::emptyStream,
        Client::fullDuplexCallShouldSucceed,
        Client::halfDuplexCallShouldSucceed,
        Client::serverStreamingShouldBeFlowControlled);
  }

  @Test
  void metadataPassesBothWays() throws Exception {
    run(
        Client::customMetadata,
        Client::exchangeMetadataUnaryCall,
        Client::exchangeMetadataStreamingCall);
  }

  @Test
  void compressedMessagesPassAsTheyAre() throws Exception {
    run(
        Client::serverCompressedUnary,
        Client::serverCompressedStreaming,
        client -> client.clientCompressedUnary(false),
        client -> client.clientCompressedStreaming(false));
  }

  @Test
  void theServersStatusReachesTheClient() throws Exception {
    run(
        Client::statusCodeAndMessage,
        Client::specialStatusMessage,
        Client::unimplementedMethod,
        Client::unimplementedService);
  }

  @Test
  void aCallThatIsCanceledEndsOnBothSides() throws Exception {
    run(Client::cancelAfterBegin, Client::cancelAfterFirstResponse);
    proxy.awaitStat("http.test.downstream_rq_active", 0);
    proxy.awaitStat("cluster.up.upstream_rq_active", 0);
    assertThat(proxy.stat("http.test.downstream_rq_rx_reset")).isPositive();
    assertThat(proxy.stat("cluster.up.http2.tx_reset")).isPositive();
    assertThat(proxy.stat("cluster.up.upstream_cx_total")).isEqualTo(1);
  }

  @Test
  void deadlinesEndCallsInTime() throws Exception {
    // not deadlineExceededServerStreaming: client and server have the same deadline, and where the
    // server resets the stream first that is passed on as a reset, as Envoy does
    run(Client::deadlineNotExceeded, Client::deadlineInPast);
    runUntilTheClientIsFirst(Client::timeoutOnSleepingServer, Client::deadlineExceeded);
  }

  @Test
  void theLimitsOfMessagesHold() throws Exception {
    run(
        Client::maxInboundSize_exact,
        Client::maxInboundSize_tooBig,
        Client::maxOutboundSize_exact,
        Client::maxOutboundSize_tooBig);
  }
}
