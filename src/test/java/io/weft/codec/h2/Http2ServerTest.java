package io.weft.codec.h2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Response;
import io.weft.server.TestProxy;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2 from a client that sends any frame, through the whole proxy, to an HTTP/1 host. */
class Http2ServerTest {
  private static final int INITIAL_WINDOW = 4;

  @Test
  void passesARequestToAnHttp1HostAndItsAnswerBack() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      var reply = client.await(client.get("/path?x=1", "cookie", "a=1", "cookie", "b=2"));
      assertThat(reply.status).isEqualTo(200);
      assertThat(reply.text()).isEqualTo("hello");
      assertThat(Objects.requireNonNull(reply.headers).first("content-length")).isEqualTo("5");
      assertThat(reply.headers.contains("connection")).isFalse();
      var seen = upstream.only();
      assertThat(seen.line()).isEqualTo("GET /path?x=1 HTTP/1.1");
      assertThat(seen.headers("host")).containsExactly("raw.test");
      assertThat(seen.headers("cookie")).containsExactly("a=1; b=2");
      assertThat(client.settings).containsEntry((int) Settings.MAX_STREAMS, 100);
      client.disconnect();
      proxy.awaitStat("http.test.downstream_cx_http2_active", 0);
      assertThat(proxy.stat("http.test.downstream_cx_http2_total")).isEqualTo(1);
      assertThat(proxy.stat("http.test.downstream_rq_http2_total")).isEqualTo(1);
      assertThat(proxy.stat("http2.streams_active")).isZero();
    }
  }

  @Test
  void anHttp1ListenerAnswersThePrefaceAsTheRequestItIsNot() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = TestProxy.to(upstream.port()).hcm("codec_type: HTTP1").start();
        var client = proxy.connect()) {
      client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      assertThat(client.read().status()).isGreaterThanOrEqualTo(400);
    }
  }

  @Test
  void anHttp2ListenerTakesNothingElse() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = TestProxy.to(upstream.port()).hcm("codec_type: HTTP2").start()) {
      try (var client = proxy.connect()) {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        client.readToEnd();
      }
      try (var client = RawHttp2.connect(proxy.port())) {
        assertThat(client.await(client.get("/")).status).isEqualTo(200);
      }
    }
  }

  @Test
  void aPrefaceMayComeByteByByte() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = TestProxy.to(upstream.port()).start();
        var client = proxy.connect()) {
      for (byte b : FrameReader.PREFACE) {
        client.send(Character.toString((char) b));
      }
      client.send(new String(RawHttp2.frame(Frame.SETTINGS, 0, 0, new byte[0]), ISO_8859_1));
      proxy.awaitStat("http.test.downstream_cx_http2_active", 1);
    }
  }

  @Test
  void trailersPassBothWays() throws Exception {
    TestUpstream.Script script =
        exchange -> {
          exchange.readBody();
          exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
          exchange.send("5\r\nhello\r\n0\r\nX-Sum: abc\r\n\r\n");
        };
    try (var upstream = TestUpstream.start(script);
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      int id = client.post("/");
      client.data(id, "body", false);
      client.send(
          Frame.HEADERS,
          Frame.END_HEADERS | Frame.END_STREAM,
          id,
          RawHttp2.block("x-check", "1", "content-length", "7"));
      var reply = client.await(id);
      assertThat(reply.text()).isEqualTo("hello");
      assertThat(Objects.requireNonNull(reply.trailers).first("x-sum")).isEqualTo("abc");
      var seen = upstream.only();
      assertThat(seen.body()).isEqualTo("body");
      assertThat(seen.trailers()).containsExactly("x-check: 1");
    }
  }

  @Test
  void earlyHintsComeBeforeTheAnswer() throws Exception {
    TestUpstream.Script script =
        exchange -> exchange.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n").ok("");
    try (var upstream = TestUpstream.start(script);
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      var reply = client.await(client.get("/"));
      assertThat(reply.interim).containsExactly(103);
      assertThat(reply.status).isEqualTo(200);
    }
  }

  @Test
  void aClientThatWaitsForItIsToldToContinue() throws Exception {
    try (var upstream = TestUpstream.start(exchange -> exchange.ok(exchange.readBody()));
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      int id = client.post("/", "expect", "100-continue", "content-length", "4");
      while (client.reply(id).interim.isEmpty()) {
        client.next();
      }
      client.data(id, "data", true);
      assertThat(client.await(id).text()).isEqualTo("data");
    }
  }

  /** The client never opens the window of one stream; others go on beside it. */
  @Test
  void anUnreadStreamHoldsBackNobody() throws Exception {
    TestUpstream.Script script =
        exchange -> exchange.ok("x".repeat(exchange.path().equals("/big") ? 1 << 20 : 10));
    try (var upstream = TestUpstream.start(script);
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      client.windowUpdate(0, 10 << 20);
      int unread = client.get("/big");
      while (client.reply(unread).body.size() < 65_535) {
        client.next();
      }
      for (int i = 0; i < 20; i++) {
        assertThat(client.await(client.get("/small")).text()).isEqualTo("x".repeat(10));
      }
      assertThat(client.reply(unread).body.size()).isEqualTo(65_535);
      client.windowUpdate(unread, 1 << 20);
      assertThat(client.await(unread).body.size()).isEqualTo(1 << 20);
    }
  }

  /** The windows are wide open and the socket is not read: little waits, and nobody else does. */
  @Test
  void aClientThatTakesNothingHoldsNeitherMemoryNorOthers() throws Exception {
    try (var upstream = TestUpstream.start(exchange -> exchange.ok("x".repeat(4 << 20)));
        var proxy = TestProxy.to(upstream.port()).start();
        var deaf = RawHttp2.connect(proxy.port(), INITIAL_WINDOW, 100 << 20);
        var client = RawHttp2.connect(proxy.port(), INITIAL_WINDOW, 100 << 20)) {
      deaf.windowUpdate(0, 100 << 20);
      for (int i = 0; i < 8; i++) {
        deaf.get("/");
      }
      await().until(() -> proxy.stat("http2.pending_send_bytes") > 200_000);
      client.windowUpdate(0, 100 << 20);
      assertThat(client.await(client.get("/")).body.size()).isEqualTo(4 << 20);
      assertThat(proxy.stat("http2.pending_send_bytes")).isLessThan(800_000);
    }
  }

  @Test
  void windowsOfOneByteAreEnough() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port(), INITIAL_WINDOW, 1)) {
      int id = client.get("/");
      var reply = client.reply(id);
      while (!reply.ended) {
        var got = client.next();
        if (got.is(Frame.DATA) && !reply.ended) {
          assertThat(got.payload().length).isEqualTo(1);
          client.windowUpdate(id, 1);
        }
      }
      assertThat(reply.text()).isEqualTo("hello");
    }
  }

  @Test
  void aLargeUploadFlowsWithItsWindows() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange -> exchange.ok("" + exchange.readBody().length()));
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      int id = client.post("/");
      long window = 65_535;
      long connection = 65_535;
      byte[] part = new byte[16_384];
      for (int left = 1 << 20; left > 0; ) {
        int count = (int) Math.min(Math.min(part.length, left), Math.min(window, connection));
        if (count == 0) {
          var got = client.next();
          if (got.is(Frame.WINDOW_UPDATE)) {
            window += got.id() == 0 ? 0 : got.code();
            connection += got.id() == 0 ? got.code() : 0;
          }
          continue;
        }
        left -= count;
        window -= count;
        connection -= count;
        client.send(
            Frame.DATA, left == 0 ? Frame.END_STREAM : 0, id, java.util.Arrays.copyOf(part, count));
      }
      assertThat(client.await(id).text()).isEqualTo("" + (1 << 20));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "20"})
  void dataThatIsNotAsLongAsAnnouncedNeverMakesAWholeRequest(String length) throws Exception {
    var whole = new AtomicInteger();
    TestUpstream.Script script =
        exchange -> {
          exchange.readBody();
          whole.incrementAndGet();
          exchange.ok("");
        };
    try (var upstream = TestUpstream.start(script);
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      int id = client.post("/", "content-length", length);
      client.data(id, "01234", false);
      proxy.awaitStat("cluster.up.upstream_rq_active", 1);
      client.data(id, "56789", true);
      assertThat(client.await(id).reset).isEqualTo(ErrorCode.PROTOCOL_ERROR);
      proxy.awaitStat("cluster.up.upstream_rq_active", 0);
      assertThat(whole).hasValue(0);
      assertThat(proxy.stat("http2.rx_messaging_error")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "connection: close",
        "keep-alive: x",
        "proxy-connection: x",
        "transfer-encoding: chunked",
        "upgrade: websocket",
        "te: gzip",
        "host: other.test",
        "X-Upper: 1",
        "x bad: 1",
        ": 1",
        ":unknown: 1",
        ":path: /again",
        "x-a: b\r\nevil",
        "x-a: b\0",
        "x-a:  b",
        "content-length: +5",
      })
  void aMalformedRequestIsResetAndGoesNoFurther(String line) throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      int colon = line.indexOf(": ", 1);
      int id =
          client.get("/", colon < 0 ? "" : line.substring(0, colon), line.substring(colon + 2));
      assertThat(client.await(id).reset).isEqualTo(ErrorCode.PROTOCOL_ERROR);
      assertThat(client.await(client.get("/")).status).isEqualTo(200);
      assertThat(upstream.exchanges()).hasSize(1);
    }
  }

  @Test
  void tooManyHeadersAreRefusedWhileTheyAreDecoded() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      var many = new ArrayList<String>();
      for (int i = 0; i < 120; i++) {
        many.add("x-" + i);
        many.add("v");
      }
      int id = client.get("/", many.toArray(String[]::new));
      assertThat(client.await(id).reset).isEqualTo(ErrorCode.ENHANCE_YOUR_CALM);
      assertThat(proxy.stat("http2.header_overflow")).isEqualTo(1);
      assertThat(client.await(client.get("/")).status).isEqualTo(200);
    }
  }

  @Test
  void continuationsWithoutEndEndTheConnection() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      client.awaitSettings();
      int id = client.newId();
      client.send(Frame.HEADERS, Frame.END_STREAM, id, RawHttp2.block(RawHttp2.fields("GET", "/")));
      for (int i = 0; i < 17; i++) {
        client.send(Frame.CONTINUATION, 0, id, RawHttp2.block("x-" + i, "v"));
      }
      assertThat(client.awaitGoaway()).isEqualTo(ErrorCode.ENHANCE_YOUR_CALM);
      client.awaitEnd();
    }
  }

  @Test
  void streamsThatAreResetAtOnceEndTheConnection() throws Exception {
    var held = new CountDownLatch(1); // a stream that is answered before its reset would not count
    try (var upstream = TestUpstream.start(exchange -> held.await());
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      for (int i = 0; i < 100; i++) {
        client.reset(client.get("/"));
      }
      assertThat(client.awaitGoaway()).isEqualTo(ErrorCode.ENHANCE_YOUR_CALM);
      client.awaitEnd();
      proxy.awaitStat("http.test.downstream_rq_active", 0);
      assertThat(proxy.stat("http2.rx_reset")).isLessThanOrEqualTo(100);
      held.countDown();
    }
  }

  /** MadeYouReset, CVE-2025-8671: what makes the server reset streams counts as well. */
  @Test
  void streamsThatTheServerIsMadeToResetEndTheConnection() throws Exception {
    var held = new CountDownLatch(1);
    try (var upstream = TestUpstream.start(exchange -> held.await());
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      for (int i = 0; i < 100; i++) {
        client.windowUpdate(client.get("/"), 0);
      }
      assertThat(client.awaitGoaway()).isEqualTo(ErrorCode.ENHANCE_YOUR_CALM);
      client.awaitEnd();
      proxy.awaitStat("http.test.downstream_rq_active", 0);
      proxy.awaitStat("cluster.up.upstream_rq_active", 0);
      held.countDown();
    }
  }

  @Test
  void moreStreamsThanAllowedAreRefused() throws Exception {
    var release = new CountDownLatch(1);
    TestUpstream.Script script =
        exchange -> {
          release.await();
          exchange.ok("done");
        };
    try (var upstream = TestUpstream.start(script);
        var proxy =
            TestProxy.to(upstream.port())
                .hcm("http2_protocol_options: {max_concurrent_streams: 2}")
                .start();
        var client = RawHttp2.connect(proxy.port())) {
      int first = client.get("/");
      int second = client.get("/");
      int third = client.get("/");
      assertThat(client.await(third).reset).isEqualTo(ErrorCode.REFUSED_STREAM);
      release.countDown();
      assertThat(client.await(first).text()).isEqualTo("done");
      assertThat(client.await(second).text()).isEqualTo("done");
      assertThat(client.await(client.get("/")).text()).isEqualTo("done");
    }
  }

  @Test
  void aResetEndsTheRequestUpstream() throws Exception {
    var held = new CountDownLatch(1);
    try (var upstream = TestUpstream.start(exchange -> held.await());
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      int id = client.get("/");
      proxy.awaitStat("cluster.up.upstream_rq_active", 1);
      client.reset(id);
      proxy.awaitStat("cluster.up.upstream_rq_active", 0);
      assertThat(proxy.awaitEnded()).isEqualTo("0 DC http2.remote_reset");
      held.countDown();
    }
  }

  /** The connection goes on, idles and ends as if the stream had been answered. */
  @Test
  void aStreamThatWasResetIsNotOneThatTheEndOfItsConnectionCuts() throws Exception {
    var held = new CountDownLatch(1);
    try (var upstream = TestUpstream.start(exchange -> held.await());
        var proxy =
            TestProxy.to(upstream.port())
                .hcm("common_http_protocol_options: {idle_timeout: 0.2s}")
                .start();
        var client = RawHttp2.connect(proxy.port())) {
      int id = client.get("/");
      proxy.awaitStat("cluster.up.upstream_rq_active", 1);
      client.reset(id);
      client.awaitEnd();
      assertThat(client.awaitGoaway()).isEqualTo(ErrorCode.NO_ERROR);
      proxy.awaitStat("http.test.downstream_cx_destroy", 1);
      assertThat(proxy.stat("http.test.downstream_cx_idle_timeout")).isEqualTo(1);
      assertThat(proxy.stat("http.test.downstream_cx_destroy_active_rq")).isZero();
      held.countDown();
    }
  }

  @Test
  void streamsThatTheEndOfTheirConnectionCutsAreCountedWithIt() throws Exception {
    var held = new CountDownLatch(1);
    try (var upstream = TestUpstream.start(exchange -> held.await());
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      client.get("/");
      proxy.awaitStat("cluster.up.upstream_rq_active", 1);
      client.disconnect();
      proxy.awaitStat("http.test.downstream_cx_destroy_remote_active_rq", 1);
      assertThat(proxy.stat("http.test.downstream_cx_destroy_active_rq")).isEqualTo(1);
      held.countDown();
    }
  }

  /** As a filter that waits for its database: nothing but an interrupt gets it out of there. */
  @Test
  void aFilterThatBlocksIsInterruptedWhenItsStreamIsReset() throws Exception {
    var events = new LinkedBlockingQueue<String>();
    var never = new CountDownLatch(1);
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            TestProxy.to(upstream.port())
                .filter((request, stream, next) -> {
                  if (request.path().equals("/block")) {
                    events.add("blocked");
                    try {
                      never.await();
                    } catch (InterruptedException e) {
                      events.add("interrupted");
                      throw new IOException("interrupted", e);
                    }
                  }
                  return next.proceed(request, stream);
                })
                .start();
        var client = RawHttp2.connect(proxy.port())) {
      int id = client.get("/block");
      assertThat(events.poll(5, TimeUnit.SECONDS)).isEqualTo("blocked");
      assertThat(client.await(client.get("/")).status).isEqualTo(200);
      client.reset(id);
      assertThat(events.poll(5, TimeUnit.SECONDS)).isEqualTo("interrupted");
      assertThat(client.await(client.get("/")).status).isEqualTo(200);
    }
  }

  @Test
  void aFilterMayMakeABodyThatCannotTellWhatItHas() throws Exception {
    var text = "made here ".repeat(10_000);
    try (var upstream = TestUpstream.answering("unused");
        var proxy =
            TestProxy.to(upstream.port())
                .filter((request, stream, next) ->
                    Response.of(
                        200,
                        new Headers(),
                        Body.lazily(
                            () -> new java.io.ByteArrayInputStream(text.getBytes(ISO_8859_1)),
                            () -> Headers.of("x-end", "1"))))
                .start();
        var client = RawHttp2.connect(proxy.port(), INITIAL_WINDOW, 1 << 20)) {
      client.windowUpdate(0, 1 << 20);
      var reply = client.await(client.get("/"));
      assertThat(reply.text()).isEqualTo(text);
      assertThat(Objects.requireNonNull(reply.trailers).first("x-end")).isEqualTo("1");
    }
  }

  @Test
  void anAnswerBeforeTheEndOfTheRequestStopsItsUpload() throws Exception {
    TestUpstream.Script script =
        exchange -> {
          exchange.send(
              "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfull");
          exchange.close();
        };
    try (var upstream = TestUpstream.start(script);
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      int id = client.post("/");
      var reply = client.await(id);
      assertThat(reply.status).isEqualTo(413);
      assertThat(reply.text()).isEqualTo("full");
      while (reply.reset < 0) {
        client.next();
      }
      assertThat(reply.reset).isEqualTo(ErrorCode.NO_ERROR);
      client.data(id, "late", false); // it may not know yet
      assertThat(client.await(client.get("/")).status).isEqualTo(413);
    }
  }

  /** A client with many streams answered early has the ends of all of them on their way. */
  @Test
  void theEndsOfManyRequestsThatWereAnsweredEarlyAreNoMistake() throws Exception {
    try (var proxy =
            TestProxy.to(1)
                .hcm("http2_protocol_options: {max_concurrent_streams: 300}")
                .virtualHosts("- {name: none, domains: ['*'], routes: []}")
                .start();
        var client = RawHttp2.connect(proxy.port())) {
      var ids = new ArrayList<Integer>();
      for (int i = 0; i < 300; i++) {
        ids.add(client.post("/"));
      }
      for (int id : ids) {
        while (client.reply(id).reset < 0) {
          client.next();
        }
        assertThat(client.reply(id).status).isEqualTo(404);
      }
      for (int id : ids) {
        client.data(id, "late", true);
      }
      assertThat(client.await(client.get("/")).status).isEqualTo(404);
      int first = ids.getFirst();
      int flags = Frame.END_HEADERS | Frame.END_STREAM;
      client.send(Frame.HEADERS, flags, first, RawHttp2.block("x-late", "1"));
      assertThat(client.await(client.get("/")).status).isEqualTo(404);
      assertThat(client.goaways).isEmpty();
    }
  }

  /** Heads of responses are no answers that a client can provoke without end. */
  @Test
  void manyHeadsMayWaitForAClientThatReadsLater() throws Exception {
    String body = "x".repeat(4 << 20);
    TestUpstream.Script script = exchange -> exchange.ok(body);
    try (var upstream = TestUpstream.start(script);
        var proxy =
            TestProxy.to(upstream.port())
                .hcm("http2_protocol_options: {max_concurrent_streams: 2000}")
                .virtualHosts(
                    """
                    - name: all
                      domains: ['*']
                      routes: [{match: {path: /big}, route: {cluster: up}}]
                    """)
                .start();
        var client = RawHttp2.connect(proxy.port(), INITIAL_WINDOW, 100 << 20)) {
      client.windowUpdate(0, 100 << 20);
      var large = new ArrayList<Integer>();
      for (int i = 0; i < 8; i++) {
        large.add(client.get("/big"));
      }
      await().until(() -> proxy.stat("http2.pending_send_bytes") > 200_000);
      int last = 0;
      for (int i = 0; i < 1100; i++) {
        last = client.get("/none");
      }
      proxy.awaitStat("http.test.downstream_rq_4xx", 1100);
      client.send(Frame.PING, 0, 0, new byte[8]);
      assertThat(client.await(last).status).isEqualTo(404);
      for (int id : large) {
        assertThat(client.await(id).body.size()).isEqualTo(4 << 20);
      }
      assertThat(client.pongs).isEqualTo(1);
      assertThat(client.goaways).isEmpty();
    }
  }

  @Test
  void aCutAnswerIsResetAndNotEnded() throws Exception {
    TestUpstream.Script script =
        exchange -> {
          exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
          exchange.close();
        };
    try (var upstream = TestUpstream.start(script);
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      var reply = client.await(client.get("/"));
      assertThat(reply.ended).isFalse();
      assertThat(reply.reset).isEqualTo(ErrorCode.INTERNAL_ERROR);
    }
  }

  @Test
  void pingIsAnswered() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      client.send(Frame.PING, 0, 0, new byte[8]);
      while (client.pongs == 0) {
        client.next();
      }
    }
  }

  @Test
  void answersThatAreNotReadEndTheConnection() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = TestProxy.to(upstream.port()).start();
        var client = RawHttp2.connect(proxy.port())) {
      byte[] pings = new byte[17 * 200];
      for (int i = 0; i < 200; i++) {
        System.arraycopy(RawHttp2.frame(Frame.PING, 0, 0, new byte[8]), 0, pings, i * 17, 17);
      }
      try {
        for (int i = 0; i < 10_000; i++) {
          client.send(pings);
        }
      } catch (IOException e) {
        // as it should
      }
      proxy.awaitStat("http.test.downstream_cx_active", 0);
    }
  }

  @Test
  void aConnectionThatIsNotAnsweredIsGivenUp() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            TestProxy.to(upstream.port())
                .hcm(
                    "http2_protocol_options: {connection_keepalive: {interval: 0.05s, timeout:"
                        + " 0.05s}}")
                .start();
        var client = RawHttp2.connect(proxy.port())) {
      client.awaitEnd();
      assertThat(client.goaways).hasSize(1);
      assertThat(proxy.stat("http2.keepalive_timeout")).isEqualTo(1);
    }
  }

  /** The first GOAWAY refuses nothing; the second tells the truth when the first was seen. */
  @Test
  void aDrainEndsInTwoSteps() throws Exception {
    var release = new CountDownLatch(1);
    TestUpstream.Script script =
        exchange -> {
          release.await();
          exchange.ok("done");
        };
    try (var upstream = TestUpstream.start(script);
        var proxy =
            TestProxy.to(upstream.port())
                .hcm("common_http_protocol_options: {max_requests_per_connection: 2}")
                .start();
        var client = RawHttp2.connect(proxy.port())) {
      int first = client.get("/");
      int second = client.get("/");
      RawHttp2.Got ping = null;
      while (client.goaways.isEmpty() || ping == null) {
        var got = client.next();
        ping = got.is(Frame.PING) ? got : ping;
      }
      assertThat(RawHttp2.lastStream(client.goaways.getFirst())).isEqualTo(Integer.MAX_VALUE);
      int third = client.get("/"); // on its way when the client heard
      client.answerPing(ping);
      while (client.goaways.size() < 2) {
        client.next();
      }
      assertThat(RawHttp2.lastStream(client.goaways.get(1))).isEqualTo(third);
      client.get("/");
      release.countDown();
      for (int id : new int[] {first, second, third}) {
        assertThat(client.await(id).text()).isEqualTo("done");
      }
      client.awaitEnd();
      assertThat(upstream.exchanges()).hasSize(3);
    }
  }

  @Test
  void anIdleConnectionIsEnded() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            TestProxy.to(upstream.port())
                .hcm("common_http_protocol_options: {idle_timeout: 0.1s}")
                .start();
        var client = RawHttp2.connect(proxy.port())) {
      assertThat(client.await(client.get("/")).status).isEqualTo(200);
      assertThat(client.awaitGoaway()).isEqualTo(ErrorCode.NO_ERROR);
      client.awaitEnd();
      client.disconnect();
      proxy.awaitStat("http.test.downstream_cx_idle_timeout", 1);
    }
  }

  @Test
  void aBlockThatTricklesInIsEnded() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = TestProxy.to(upstream.port()).hcm("request_headers_timeout: 0.1s").start();
        var client = RawHttp2.connect(proxy.port())) {
      client.awaitSettings();
      client.send(Frame.HEADERS, Frame.END_STREAM, client.newId(), RawHttp2.block("x", "y"));
      assertThat(client.awaitGoaway()).isEqualTo(ErrorCode.ENHANCE_YOUR_CALM);
      client.awaitEnd();
    }
  }
}
