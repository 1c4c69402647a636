package io.weft.grpc;

import static io.weft.testing.TestClusters.stat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.weft.carrier.Carrier;
import io.weft.cluster.Cluster;
import io.weft.http.Headers;
import io.weft.schema.Problems;
import io.weft.stats.Stats;
import io.weft.testing.TestCarriers;
import io.weft.testing.TestCertificates;
import io.weft.testing.TestClusters;
import io.weft.testing.TestGrpcServer;
import io.weft.time.Deadline;
import io.weft.tls.EngineKind;
import io.weft.tls.Tls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weft's own calls, to grpc-java's server. */
class GrpcClientTest {
  private static final Marshaller<String> TEXT =
      Marshaller.of(text -> text.getBytes(UTF_8), bytes -> UTF_8.decode(bytes).toString());
  private static final GrpcMethod<String, String> TALK =
      new GrpcMethod<>("test.Words", "Talk", TEXT, TEXT);

  private final Stats stats = new Stats();
  private final TestCarriers carriers = TestCarriers.start(2);

  @AfterEach
  void stop() {
    carriers.close();
  }

  private Cluster cluster(int port, String more) {
    return TestClusters.cluster(stats, "http2_protocol_options: {}\n" + more, port);
  }

  private GrpcClient client(TestGrpcServer server) {
    return GrpcClient.of(cluster(server.port(), ""));
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(10));
  }

  private String call(GrpcClient client, String message) throws Exception {
    return carriers.run(() -> client.call(TALK, message, new Headers(), soon()));
  }

  private static GrpcException failure(ThrowingCallable call) {
    try {
      call.call();
    } catch (GrpcException e) {
      return e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    throw new AssertionError("it did not fail");
  }

  // one message each way

  @Test
  void aCallIsAnswered() throws Exception {
    try (var server = TestGrpcServer.start()) {
      var client = client(server);
      assertThat(call(client, "echo:hello")).isEqualTo("hello");
      assertThat(call(client, "echo:")).isEmpty();
      assertThat(call(client, "large:3000000")).hasSize(3_000_000);
      assertThat(call(client, "x".repeat(3_000_000))).isEqualTo("3000000");
      assertThat(stat(stats, "upstream_cx_total")).isEqualTo(1);
      assertThat(stat(stats, "upstream_cx_http2_total")).isEqualTo(1);
      assertThat(stat(stats, "upstream_rq_200")).isEqualTo(4);
      assertThat(stat(stats, "grpc.test.Words.Talk.success")).isEqualTo(4);
      assertThat(stat(stats, "grpc.test.Words.Talk.request_message_count")).isEqualTo(4);
      assertThat(stat(stats, "upstream_rq_active")).isZero();
    }
  }

  @Test
  void anyThreadMayCall() throws Exception {
    try (var server = TestGrpcServer.start()) {
      var client = client(server);
      Carrier carrier = carriers.get(1);
      assertThat(client.call(carrier, TALK, "echo:a", new Headers(), soon())).isEqualTo("a");
      String both =
          client.on(
              carrier,
              () -> {
                try (var call = client.start(TALK, new Headers(), soon())) {
                  call.send("echo:b");
                  return String.valueOf(call.receive());
                }
              });
      assertThat(both).isEqualTo("b");
      assertThat(carriers.run(() -> client.call(carrier, TALK, "echo:c", new Headers(), soon())))
          .isEqualTo("c");
    }
  }

  @Test
  void metadataGoesBothWays() throws Exception {
    try (var server = TestGrpcServer.start()) {
      var client = client(server).withAuthority("words.test");
      carriers.run(() -> {
        try (var call = client.start(TALK, Headers.of("x-word", "weft"), soon())) {
          call.send("echo:a");
          call.halfClose();
          assertThat(call.headers()).isNull();
          assertThat(call.receive()).isEqualTo("a");
          assertThat(first(call.headers(), "x-word")).isEqualTo("weft");
          assertThat(Long.parseLong("" + first(call.headers(), "x-seen-timeout")))
              .isBetween(5_000L, 10_000L);
          assertThat(call.trailers()).isNull();
          assertThat(call.receive()).isNull();
          assertThat(call.receive()).isNull();
          assertThat(first(call.trailers(), "x-word")).isEqualTo("end");
        }
        return null;
      });
      assertThat(server.calls().getFirst().get(TestGrpcServer.WORD)).isEqualTo("weft");
    }
  }

  private static @Nullable String first(@Nullable Headers headers, String name) {
    return headers == null ? null : headers.first(name);
  }

  @Test
  void aStatusIsAnException() throws Exception {
    try (var server = TestGrpcServer.start()) {
      var client = client(server);
      var failure = failure(() -> call(client, "fail:5:not here, 100% \u2603"));
      assertThat(failure.code()).isEqualTo(GrpcCode.NOT_FOUND);
      assertThat(failure.description()).isEqualTo("not here, 100% \u2603");
      assertThat(first(failure.trailers(), "x-word")).isEqualTo("end");
      assertThat(failure.isUnprocessed()).isFalse();
      var unknown = new GrpcMethod<>("test.Words", "Nothing", TEXT, TEXT);
      failure = failure(() -> carriers.run(() -> client.call(unknown, "a", new Headers(), soon())));
      assertThat(failure.code()).isEqualTo(GrpcCode.UNIMPLEMENTED);
      assertThat(stat(stats, "grpc.test.Words.Talk.5")).isEqualTo(1);
      assertThat(stat(stats, "grpc.test.Words.Nothing.failure")).isEqualTo(1);
    }
  }

  @Test
  void exactlyOneMessageIsTheAnswerToOne() throws Exception {
    try (var server = TestGrpcServer.start()) {
      var client = client(server);
      assertThat(failure(() -> call(client, "many:0")).code()).isEqualTo(GrpcCode.INTERNAL);
      assertThat(failure(() -> call(client, "many:2")).code()).isEqualTo(GrpcCode.INTERNAL);
    }
  }

  // many

  @Test
  void messagesFlowBothWaysAtOnce() throws Exception {
    try (var server = TestGrpcServer.start()) {
      var client = client(server);
      carriers.run(() -> {
        try (var call = client.start(TALK, new Headers(), soon())) {
          for (int i = 0; i < 100; i++) {
            assertThat(call.send("echo:" + i)).isTrue();
            assertThat(call.receive()).isEqualTo("" + i);
          }
          call.halfClose();
          assertThat(call.receive()).isNull();
        }
        return null;
      });
    }
  }

  @Test
  void theServerMaySendMuchAndTheClientToo() throws Exception {
    try (var server = TestGrpcServer.start()) {
      var client = client(server);
      carriers.run(() -> {
        try (var call = client.start(TALK, new Headers(), soon())) {
          call.send("many:1000");
          call.halfClose();
          for (int i = 0; i < 1000; i++) {
            assertThat(call.receive()).isEqualTo("message " + i);
          }
          assertThat(call.receive()).isNull();
        }
        return null;
      });
      carriers.run(() -> {
        try (var call = client.start(TALK, new Headers(), soon())) {
          for (int i = 0; i < 20; i++) {
            call.send("x".repeat(100_000));
          }
          call.halfClose();
          for (int i = 0; i < 20; i++) {
            assertThat(call.receive()).isEqualTo("100000");
          }
          assertThat(call.receive()).isNull();
        }
        return null;
      });
    }
  }

  @Test
  void messagesComeBeforeTheStatusThatEndsACall() throws Exception {
    try (var server = TestGrpcServer.start()) {
      var client = client(server);
      carriers.run(() -> {
        try (var call = client.start(TALK, new Headers(), soon())) {
          call.send("many:2");
          call.send("fail:7:enough");
          assertThat(call.receive()).isEqualTo("message 0");
          assertThat(call.receive()).isEqualTo("message 1");
          var failure = failure(call::receive);
          assertThat(failure.code()).isEqualTo(GrpcCode.PERMISSION_DENIED);
          assertThat(failure.description()).isEqualTo("enough");
          assertThat(failure(call::receive)).isSameAs(failure);
          assertThat(call.send("echo:late")).isFalse();
        }
        return null;
      });
    }
  }

  @Test
  void aThreadMaySendWhileAnotherReceives() throws Exception {
    try (var server = TestGrpcServer.start()) {
      var client = client(server);
      carriers.run(() -> {
        try (var call = client.start(TALK, new Headers(), soon())) {
          Thread sender =
              Carrier.current()
                  .start(() -> {
                    try {
                      for (int i = 0; i < 50; i++) {
                        call.send("echo:" + i);
                      }
                      call.halfClose();
                    } catch (GrpcException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
          for (int i = 0; i < 50; i++) {
            assertThat(call.receive()).isEqualTo("" + i);
          }
          assertThat(call.receive()).isNull();
          sender.join();
        }
        return null;
      });
    }
  }

  // limits and ends

  @Test
  void aMessageThatIsTooLargeEndsItsCall() throws Exception {
    try (var server = TestGrpcServer.start()) {
      var client = client(server).withMaxMessageBytes(1000);
      assertThat(call(client, "large:1000")).hasSize(1000);
      var failure = failure(() -> call(client, "large:1001"));
      assertThat(failure.code()).isEqualTo(GrpcCode.RESOURCE_EXHAUSTED);
      assertThat(failure.description()).contains("1001 bytes").contains("at most 1000");
      assertThat(call(client, "echo:still there")).isEqualTo("still there");
      assertThat(stat(stats, "upstream_cx_total")).isEqualTo(1);
    }
  }

  @Test
  void aCallEndsAtItsDeadline() throws Exception {
    try (var server = TestGrpcServer.start()) {
      var client = client(server);
      long start = System.nanoTime();
      var failure =
          failure(() ->
              carriers.run(() ->
                  client.call(
                      TALK, "hang", new Headers(), Deadline.after(Duration.ofMillis(200)))));
      assertThat(failure.code()).isEqualTo(GrpcCode.DEADLINE_EXCEEDED);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
      assertThat(server.awaitCanceled()).isTrue();
      var before =
          failure(() ->
              carriers.run(
                  () -> client.call(TALK, "a", new Headers(), Deadline.after(Duration.ZERO))));
      assertThat(before.code()).isEqualTo(GrpcCode.DEADLINE_EXCEEDED);
      assertThat(server.calls()).hasSize(1);
      assertThat(stat(stats, "upstream_rq_active")).isZero();
    }
  }

  @Test
  void aCanceledCallEndsOnBothSides() throws Exception {
    try (var server = TestGrpcServer.start()) {
      var client = client(server);
      carriers.run(() -> {
        var call = client.start(TALK, new Headers(), Deadline.NEVER);
        call.send("echo:a");
        assertThat(call.receive()).isEqualTo("a");
        Carrier.current().start(call::cancel);
        assertThat(failure(call::receive).code()).isEqualTo(GrpcCode.CANCELLED);
        assertThat(call.send("echo:b")).isFalse();
        call.close();
        return null;
      });
      assertThat(server.awaitCanceled()).isTrue();
      assertThat(stat(stats, "upstream_rq_active")).isZero();
      assertThat(stat(stats, "upstream_cx_active")).isEqualTo(1);
    }
  }

  @Test
  void anInterruptCancels() throws Exception {
    try (var server = TestGrpcServer.start()) {
      var client = client(server);
      var waiting = new CountDownLatch(1);
      var caller = new ArrayList<Thread>();
      Future<GrpcException> failure =
          carriers.start(
              0,
              () -> {
                caller.add(Thread.currentThread());
                try (var call = client.start(TALK, new Headers(), Deadline.NEVER)) {
                  call.send("echo:a");
                  call.receive();
                  waiting.countDown();
                  return failure(call::receive);
                }
              });
      waiting.await();
      caller.getFirst().interrupt();
      assertThat(TestCarriers.result(failure).code()).isEqualTo(GrpcCode.CANCELLED);
      assertThat(server.awaitCanceled()).isTrue();
    }
  }

  @Test
  void aServerThatGoesAwayEndsItsCalls() throws Exception {
    var server = TestGrpcServer.start();
    var client = client(server);
    var talking = new CountDownLatch(1);
    Future<GrpcException> failure =
        carriers.start(
            0,
            () -> {
              try (var call = client.start(TALK, new Headers(), Deadline.NEVER)) {
                call.send("echo:a");
                call.receive();
                talking.countDown();
                return failure(call::receive);
              }
            });
    talking.await();
    server.close();
    assertThat(TestCarriers.result(failure).code()).isEqualTo(GrpcCode.UNAVAILABLE);
    var none = failure(() -> call(client, "echo:a"));
    assertThat(none.code()).isEqualTo(GrpcCode.UNAVAILABLE);
    assertThat(none.isUnprocessed()).isTrue();
    assertThat(none.description()).contains("connection failure");
    await().untilAsserted(() -> assertThat(stat(stats, "upstream_cx_active")).isZero());
  }

  @Test
  void theCircuitBreakersOfTheClusterHold() throws Exception {
    try (var server = TestGrpcServer.start()) {
      var client =
          GrpcClient.of(
              cluster(server.port(), "circuit_breakers: {thresholds: [{max_requests: 1}]}"));
      carriers.run(() -> {
        try (var call = client.start(TALK, new Headers(), soon())) {
          call.send("echo:a");
          assertThat(call.receive()).isEqualTo("a");
          var failure = failure(() -> client.call(TALK, "echo:b", new Headers(), soon()));
          assertThat(failure.code()).isEqualTo(GrpcCode.UNAVAILABLE);
          assertThat(failure.description()).contains("max_requests overflow");
        }
        return null;
      });
      assertThat(call(client, "echo:b")).isEqualTo("b");
    }
  }

  @Test
  void aClusterOfHttp1HasNoCalls() {
    var cluster = TestClusters.cluster(stats, "", 1);
    assertThatThrownBy(() -> GrpcClient.of(cluster))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cluster up: speaks HTTP/1");
  }

  @ParameterizedTest
  @EnumSource(EngineKind.class)
  void callsAreSecuredAsTheClusterSays(EngineKind kind, @TempDir Path directory) throws Exception {
    var authority = TestCertificates.authority("ca");
    authority.leaf("server").dns("words.test").sign().write(directory, "server");
    Files.writeString(directory.resolve("ca.crt"), authority.pem());
    var problems = new Problems();
    try (var server = TestGrpcServer.start(directory, "server");
        var tls = new Tls(kind)) {
      var cluster =
          TestClusters.cluster(
              stats,
              (context, name, protocols) ->
                  tls.client(
                      context, protocols, stats.scope("cluster").scope(name), true, problems),
              """
              http2_protocol_options: {}
              upstream_http_protocol_options: {auto_sni: true, auto_san_validation: true}
              transport_socket:
                name: envoy.transport_sockets.tls
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                  common_tls_context:
                    validation_context: {trusted_ca: {filename: %s}}
              """
                  .formatted(directory.resolve("ca.crt")),
              server.port());
      assertThat(problems.text()).isEmpty();
      var client = GrpcClient.of(cluster);
      assertThat(call(client.withAuthority("words.test"), "echo:secret")).isEqualTo("secret");
      var failure = failure(() -> call(client.withAuthority("other.test"), "echo:secret"));
      assertThat(failure.code()).isEqualTo(GrpcCode.UNAVAILABLE);
      assertThat(stat(stats, "ssl.handshake")).isEqualTo(1);
    }
  }
}
