package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.http.Headers;
import io.weft.testing.Peer;
import io.weft.testing.RawClient;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Either side ends at any byte (security bar R12, T12, F18): nothing hangs, nothing is left behind,
 * and what was cut never looks whole.
 */
@ParameterizedClass
@EnumSource(Setup.class)
class ChaosTest {
  private static final String LENGTH =
      "HTTP/1.1 200 OK\r\nx-a: b\r\ncontent-length: 12\r\n\r\nhello, world";

  @SuppressWarnings("StringConcatToTextBlock") // the line ends are HTTP's
  private static final String CHUNKS =
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
          + "5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nx-sum: 1\r\n\r\n";

  private final Setup setup;

  ChaosTest(Setup setup) {
    this.setup = setup;
  }

  @ParameterizedTest
  @ValueSource(strings = {LENGTH, CHUNKS})
  void neverCompletesAResponseThatWasCutAtAnyByte(String response) throws Exception {
    var cut = new AtomicInteger();
    var reset = new AtomicReference<>(false);
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.send(response.substring(0, cut.get()));
              if (cut.get() < response.length()) {
                if (reset.get()) {
                  exchange.reset();
                }
                exchange.close();
              }
            });
        var proxy = setup.proxy(upstream.port()).start()) {
      for (boolean abrupt : new boolean[] {false, true}) {
        reset.set(abrupt);
        for (int bytes = 0; bytes <= response.length(); bytes++) {
          cut.set(bytes);
          try (var client = proxy.connect()) {
            client.request("GET", "/");
            var reply = client.readOrCut("GET");
            if (bytes == response.length()) {
              assertThat(Objects.requireNonNull(reply).body()).isEqualTo("hello, world");
            } else if (reply != null) {
              assertThat(reply.status()).as("cut at %d", bytes).isIn(502, 503);
              assertThat(reply.body()).startsWith("upstream connect error or disconnect/reset");
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void leavesNothingBehindAClientThatEndsAtAnyByte(boolean abrupt) throws Exception {
    var request =
        RawClient.head("POST", "/cut", "transfer-encoding: chunked")
            + "5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nx-sum: 1\r\n\r\n";
    var whole = new AtomicInteger();
    try (var upstream =
            TestUpstream.start(exchange -> {
              if (exchange.readBody().equals("hello, world")) {
                whole.incrementAndGet();
              }
              exchange.ok("ok");
            });
        var proxy = setup.proxy(upstream.port()).start()) {
      for (int bytes = 0; bytes < request.length(); bytes++) {
        try (var client = Peer.connect(proxy.port())) {
          client.send(request.substring(0, bytes));
          if (abrupt) {
            client.reset();
          }
        }
      }
      assertThat(proxy.get("/after", "x: y").status()).isEqualTo(200);
      proxy.awaitStat("http.test.downstream_cx_active", 0);
      // F18: no cut request reached the host as a whole one
      assertThat(whole).hasValue(0);
    }
  }

  @Test
  void endsTheRequestOfAClientThatHasGone() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              assertThat(exchange.peer().readToEnding().text()).isEmpty();
              exchange.close();
            });
        var proxy = setup.proxy(upstream.port()).start()) {
      try (var client = Peer.connect(proxy.port())) {
        client.send(RawClient.head("GET", "/"));
        proxy.awaitStat("cluster.up.upstream_rq_active", 1);
        client.reset();
      }
      proxy.awaitStat("cluster.up.upstream_rq_active", 0);
      proxy.awaitStat("http.test.downstream_rq_active", 0);
      assertThat(proxy.awaitEnded()).contains(" DC ");
    }
  }

  @Test
  void endsTheResponseOfAClientThatHasGone() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.send("HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n");
              var part = "x".repeat(100_000);
              try {
                while (true) {
                  exchange.send(part);
                }
              } catch (IOException e) {
                exchange.close();
              }
            });
        var proxy = setup.proxy(upstream.port()).start()) {
      try (var client = Peer.connect(proxy.port())) {
        client.send(RawClient.head("GET", "/"));
        client.readBytes(1_000_000);
      }
      proxy.awaitStat("http.test.downstream_rq_active", 0);
      assertThat(proxy.awaitEnded()).isEqualTo("200 DC downstream_remote_disconnect");
    }
  }

  @Test
  void refusesGarbageAndBytesBehindAResponse() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              if (exchange.line().contains("/garbage")) {
                exchange.send("\0\1\2 what is this\r\n\r\n");
              } else {
                exchange.send(
                    TestUpstream.response("mine") + TestUpstream.response("POISON", "x-poison: 1"));
              }
            });
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      assertThat(client.get("/1").body()).isEqualTo("mine");
      assertThat(client.get("/2").body()).isEqualTo("mine");
      assertThat(upstream.connections()).isEqualTo(2);
      assertThat(proxy.get("/garbage").status()).isEqualTo(502);
    }
  }

  @Test
  void neverMixesMessagesUnderFaults() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              var path = exchange.path();
              var fault = Integer.parseInt(path.substring(path.indexOf('=') + 1));
              var body = path + "|" + exchange.readBody();
              var response = TestUpstream.response(body.repeat(fault == 5 ? 5000 : 1));
              switch (fault) {
                case 0 -> exchange.reset();
                case 1 -> exchange.send(response.substring(0, response.length() / 2)).close();
                case 2 -> exchange.send(response).close();
                case 3 -> exchange.send("garbage\r\n\r\n").close();
                default -> exchange.send(response);
              }
            });
        var proxy = setup.proxy(upstream.port()).start();
        var threads = Executors.newFixedThreadPool(4)) {
      var work = new ArrayList<Callable<Integer>>();
      for (int i = 0; i < 4; i++) {
        int number = i;
        work.add(() -> exchangeUnderFaults(proxy, number));
      }
      int whole = 0;
      for (var result : threads.invokeAll(work)) {
        whole += result.get();
      }
      assertThat(whole).isPositive();
    }
  }

  private static int exchangeUnderFaults(TestProxy proxy, int number) throws IOException {
    var random = new Random(number);
    int whole = 0;
    RawClient client = proxy.connect();
    for (int i = 0; i < 60; i++) {
      int fault = random.nextInt(10);
      var path = "/" + number + "/" + i + "?fault=" + fault;
      var body = "b" + number + "." + i;
      client.request("POST", path, "content-length: " + body.length()).send(body);
      if (random.nextInt(10) == 0) {
        client.peer().reset();
        client = proxy.connect();
        continue;
      }
      var reply = client.readOrCut("POST");
      if (reply != null && reply.status() == 200) {
        assertThat(reply.body()).isEqualTo((path + "|" + body).repeat(fault == 5 ? 5000 : 1));
        whole++;
      } else if (reply != null) {
        assertThat(reply.status()).isIn(502, 503);
      }
      if (reply == null || "close".equals(reply.header("connection"))) {
        client.close();
        client = proxy.connect();
      }
    }
    client.close();
    return whole;
  }

  @Test
  void headersDieWithTheirStream() throws Exception {
    var request = new AtomicReference<Headers>();
    var response = new AtomicReference<Headers>();
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            setup
                .proxy(upstream.port())
                .filter((received, stream, next) -> {
                  request.set(received.headers());
                  var reply = next.proceed(received, stream);
                  response.set(reply.headers());
                  return reply;
                })
                .start()) {
      assertThat(proxy.get("/").status()).isEqualTo(200);
      proxy.awaitStat("http.test.downstream_rq_active", 0);
      assertThatThrownBy(() -> request.get().first("host"))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> response.get().first("date"))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void retriesASafeRequestOnceWhenAReusedConnectionHasDied() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              exchange.readBody();
              if (exchange.index() == 0) {
                exchange.ok("fresh");
              } else {
                exchange.reset();
              }
            });
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      assertThat(client.get("/1").body()).isEqualTo("fresh");
      assertThat(client.get("/2").body()).isEqualTo("fresh");
      assertThat(upstream.connections()).isEqualTo(2);
      client.request("POST", "/3", "content-length: 1").send("x");
      assertThat(client.read().status()).isEqualTo(503);
      assertThat(upstream.connections()).isEqualTo(2);
      assertThat(upstream.exchanges()).hasSize(4);
    }
  }

  @Test
  void doesNotRetryOnceTheResponseHasBegun() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              if (exchange.index() == 0) {
                exchange.ok("fresh");
              } else {
                exchange.send("HTTP/1.1 2").close();
              }
            });
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      assertThat(client.get("/1").body()).isEqualTo("fresh");
      assertThat(client.get("/2").status()).isIn(502, 503);
      assertThat(upstream.exchanges()).hasSize(2);
    }
  }

  @Test
  void cutsARequestWhoseBodyIsBroken() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> {
              assertThat(exchange.peer().readToEnding().text()).doesNotContain("0\r\n\r\n");
              exchange.close();
            });
        var proxy = setup.proxy(upstream.port()).start();
        var client = proxy.connect()) {
      client.request("POST", "/", "transfer-encoding: chunked").send("3\r\nabc\r\n");
      proxy.awaitStat("cluster.up.upstream_rq_active", 1);
      client.send("zz\r\n");
      assertThat(client.read().status()).isEqualTo(400);
      client.peer().halfClose();
      client.expectEnd();
      assertThat(proxy.awaitEnded()).startsWith("400 DPE ");
    }
  }
}
