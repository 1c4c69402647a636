package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.weft.testing.TestGrpcServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the proxy itself does to gRPC calls: time limits, answers of its own, statistics. */
class GrpcProxyTest {
  private static final String STATS =
      """
      - name: envoy.filters.http.grpc_stats
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.grpc_stats.v3.FilterConfig
      """;

  private TestGrpcServer server;

  @BeforeEach
  void start() throws IOException {
    server = TestGrpcServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private TestProxy.Builder proxy() {
    return TestProxy.to(server.port()).cluster("http2_protocol_options: {}");
  }

  /** A client's channel, and its calls. */
  private static final class Client implements AutoCloseable {
    private final ManagedChannel channel;

    Client(TestProxy proxy) {
      channel = NettyChannelBuilder.forAddress("127.0.0.1", proxy.port()).usePlaintext().build();
    }

    Call start(CallOptions options) {
      return start(TestGrpcServer.method(), options);
    }

    Call start(MethodDescriptor<String, String> method, CallOptions options) {
      var call = new Call(channel.newCall(method, options));
      call.call.start(call, new Metadata());
      call.call.request(Integer.MAX_VALUE);
      return call;
    }

    /** Makes a call with one message and returns what it ends with. */
    Status call(String message, CallOptions options) throws InterruptedException {
      return start(options).say(message).end();
    }

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }

  private static final class Call extends ClientCall.Listener<String> {
    private final ClientCall<String, String> call;
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private final BlockingQueue<Status> ends = new LinkedBlockingQueue<>();

    Call(ClientCall<String, String> call) {
      this.call = call;
    }

    @Override
    public void onMessage(String message) {
      messages.add(message);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      ends.add(status);
    }

    Call say(String message) {
      call.sendMessage(message);
      return this;
    }

    String hear() throws InterruptedException {
      return String.valueOf(messages.poll(10, TimeUnit.SECONDS));
    }

    Status end() throws InterruptedException {
      call.halfClose();
      return await();
    }

    Status await() throws InterruptedException {
      Status status = ends.poll(10, TimeUnit.SECONDS);
      return status == null ? Status.UNKNOWN.withDescription("it does not end") : status;
    }
  }

  private static CallOptions within(long millis) {
    return CallOptions.DEFAULT.withDeadlineAfter(millis, TimeUnit.MILLISECONDS);
  }

  @Test
  void theRouteLimitsTheTimeThatACallMayAskFor() throws Exception {
    try (var proxy = proxy().route("max_stream_duration: {grpc_timeout_header_max: 0.2s}").start();
        var client = new Client(proxy)) {
      var status = client.call("hang", within(3_600_000));
      assertThat(status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      assertThat(status.getDescription()).isEqualTo("downstream duration timeout");
      assertThat(server.awaitCanceled()).isTrue();
      assertThat(proxy.stat("http.test.downstream_rq_max_duration_reached")).isEqualTo(1);
    }
  }

  @Test
  void theTimeThatACallHasIsToldToTheServer() throws Exception {
    try (var proxy = proxy().route("max_stream_duration: {grpc_timeout_header_max: 0s}").start();
        var client = new Client(proxy)) {
      assertThat(client.call("echo:a", within(50_000)).isOk()).isTrue();
      var timeout = Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER);
      assertThat(server.calls().getFirst().get(timeout)).matches("4\\d+[mun]|[45]\\d+S");
    }
  }

  @Test
  void aCallWhoseServerIsNotThereIsAnsweredUnavailable() throws Exception {
    server.close();
    try (var proxy = proxy().start();
        var client = new Client(proxy)) {
      var status = client.call("echo:a", CallOptions.DEFAULT);
      assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(status.getDescription()).startsWith("upstream connect error");
    }
  }

  @Test
  void aCallWithoutARouteIsUnimplemented() throws Exception {
    try (var proxy = proxy().virtualHosts("- {name: none, domains: ['*'], routes: []}").start();
        var client = new Client(proxy)) {
      assertThat(client.call("echo:a", CallOptions.DEFAULT).getCode())
          .isEqualTo(Status.Code.UNIMPLEMENTED);
    }
  }

  @Test
  void aCallWhoseServerGoesAwayIsReset() throws Exception {
    try (var proxy = proxy().route("timeout: 0s").start();
        var client = new Client(proxy)) {
      var call = client.start(CallOptions.DEFAULT).say("echo:a");
      assertThat(call.hear()).isEqualTo("a");
      server.close();
      assertThat(call.await().getCode()).isNotEqualTo(Status.Code.OK);
    }
  }

  @Test
  void callsAreCounted() throws Exception {
    try (var proxy = proxy().httpFilters(STATS).start();
        var client = new Client(proxy)) {
      assertThat(client.start(CallOptions.DEFAULT).say("echo:a").say("many:3").end().isOk())
          .isTrue();
      assertThat(client.call("fail:5:not here", CallOptions.DEFAULT).getCode())
          .isEqualTo(Status.Code.NOT_FOUND);
      proxy.awaitStat("cluster.up.grpc.total", 2);
      assertThat(proxy.stat("cluster.up.grpc.success")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.grpc.failure")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.grpc.0")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.grpc.5")).isEqualTo(1);
      assertThat(proxy.stat("cluster.up.grpc.request_message_count")).isEqualTo(3);
      assertThat(proxy.stat("cluster.up.grpc.response_message_count")).isEqualTo(4);
      assertThatThrownBy(() -> proxy.stat("cluster.up.grpc.upstream_rq_time"))
          .isInstanceOf(AssertionError.class);
      assertThat(proxy.get("/").status()).isGreaterThanOrEqualTo(200); // no call
      assertThat(proxy.stat("cluster.up.grpc.total")).isEqualTo(2);
    }
  }

  /** The last message may come long after the head, and after the first answer. */
  @Test
  void aCallHasATimeHoweverItsMessagesCome() throws Exception {
    try (var proxy = proxy().httpFilters(STATS + "enable_upstream_stats: true".indent(4)).start();
        var client = new Client(proxy)) {
      var call = client.start(CallOptions.DEFAULT).say("echo:a");
      assertThat(call.hear()).isEqualTo("a");
      assertThat(call.end().isOk()).isTrue();
      proxy.awaitStat("cluster.up.grpc.upstream_rq_time", 1);
    }
  }

  @Test
  void aCallThatIsCutHasNoStatusToCount() throws Exception {
    try (var proxy = proxy().httpFilters(STATS).start();
        var client = new Client(proxy)) {
      var call = client.start(CallOptions.DEFAULT).say("echo:a");
      assertThat(call.hear()).isEqualTo("a");
      call.call.cancel("enough", null);
      proxy.awaitStat("http.test.downstream_rq_active", 0);
      assertThat(proxy.stat("cluster.up.grpc.total")).isZero();
      assertThat(proxy.stat("cluster.up.grpc.request_message_count")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          stats_for_all_methods: true                                                   | test.Words.Talk.
          {stats_for_all_methods: true, replace_dots_in_grpc_service_name: true}        | test_Words.Talk.
          individual_method_stats_allowlist: {services: [{name: test.Words, method_names: [Talk]}]} | test.Words.Talk.
          individual_method_stats_allowlist: {services: [{name: test.Words, method_names: [Say]}]}  | ''
          """)
  void methodsHaveStatisticsOfTheirOwnWhereThatIsAskedFor(String settings, String prefix)
      throws Exception {
    String yaml =
        settings.startsWith("{")
            ? settings.substring(1, settings.length() - 1).replace(", ", "\n")
            : settings;
    try (var proxy =
            proxy()
                .httpFilters(STATS + (yaml + "\nenable_upstream_stats: true").indent(4))
                .start();
        var client = new Client(proxy)) {
      assertThat(client.call("many:2", CallOptions.DEFAULT).isOk()).isTrue();
      String all = "cluster.up.grpc." + prefix;
      proxy.awaitStat(all + "upstream_rq_time", 1);
      assertThat(proxy.stat(all + "0")).isEqualTo(1);
      assertThat(proxy.stat(all + "total")).isEqualTo(1);
      assertThat(proxy.stat(all + "response_message_count")).isEqualTo(2);
    }
  }

  /** Calls that are answered while their half-close is still on its way. */
  @Test
  void callsThatAreAnsweredEarlyHarmNoOthers() throws Exception {
    try (var proxy = proxy().start();
        var client = new Client(proxy)) {
      var calls = new ArrayList<Call>();
      for (int i = 0; i < 1010; i++) {
        calls.add(client.start(method("a.B/none"), CallOptions.DEFAULT));
      }
      for (var call : calls) {
        assertThat(call.end().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
      }
    }
  }

  /** Clients choose paths: a name of a statistic is not made of everything, nor without end. */
  @Test
  void clientsCannotMakeStatisticsWithoutEnd() throws Exception {
    try (var proxy = proxy().httpFilters(STATS + "    stats_for_all_methods: true\n").start();
        var client = new Client(proxy)) {
      for (int i = 0; i < 1010; i += 10) {
        var calls = new ArrayList<Call>();
        for (int k = i; k < i + 10; k++) {
          calls.add(client.start(method("a.B/m" + k), CallOptions.DEFAULT));
        }
        for (var call : calls) {
          assertThat(call.end().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
        }
      }
      assertThat(client.start(method("a.B/c-d"), CallOptions.DEFAULT).end().getCode())
          .isEqualTo(Status.Code.UNIMPLEMENTED);
      proxy.awaitStat("cluster.up.grpc.total", 11);
    }
  }

  private static MethodDescriptor<String, String> method(String name) {
    return TestGrpcServer.method().toBuilder().setFullMethodName(name).build();
  }
}
