package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.config.Defaults;
import io.weft.testing.TestUpstream;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the proxy takes out of messages, adds, and leaves as it came. */
class HeadersTest {
  private static final String UUID =
      "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

  @Test
  void passesNamesValuesOrderAndPathAsTheyCame() throws Exception {
    try (var upstream =
            TestUpstream.start(
                exchange -> exchange.ok("ok", "X-B: 1", "x-a: 2", "X-b:  two  words ", "Empty:"));
        var proxy = TestProxy.to(upstream.port()).defaults(Defaults.ENVOY).start()) {
      var reply = proxy.get("/a%2fb//c/?q=%zz&r=%20", "X-One: 1", "x-two: 2", "X-One: 3 ", "E:");
      assertThat(reply.headers()).contains("X-B: 1", "x-a: 2", "X-b: two  words", "Empty: ");
      assertThat(reply.headers().indexOf("X-B: 1")).isLessThan(reply.headers().indexOf("x-a: 2"));
      var received = upstream.only();
      assertThat(received.line()).isEqualTo("GET /a%2fb//c/?q=%zz&r=%20 HTTP/1.1");
      assertThat(received.headerLines())
          .startsWith("host: test", "X-One: 1", "x-two: 2", "X-One: 3", "E: ");
    }
  }

  @ParameterizedTest
  @EnumSource(Defaults.class)
  void takesOutWhatBelongsToAConnection(Defaults defaults) throws Exception {
    try (var upstream =
            TestUpstream.start(exchange ->
                exchange.ok(
                    "ok",
                    "connection: X-Private, keep-alive",
                    "x-private: 1",
                    "keep-alive: timeout=5",
                    "proxy-connection: keep-alive",
                    "x-public: 2"));
        var proxy = TestProxy.to(upstream.port()).defaults(defaults).start()) {
      var reply =
          proxy.get(
              "/",
              "connection: keep-alive, x-secret, , host, X-Forwarded-For",
              "x-secret: 1",
              "keep-alive: timeout=5",
              "proxy-connection: keep-alive",
              "te: trailers, deflate",
              "x-envoy-internal: true",
              "x-kept: 2");
      assertThat(reply.header("x-public")).isEqualTo("2");
      for (String name : new String[] {"connection", "x-private", "keep-alive"}) {
        assertThat(reply.headers(name)).as(name).isEmpty();
      }
      assertThat(reply.headers("proxy-connection")).isEmpty();
      var received = upstream.only();
      assertThat(received.header("host")).isEqualTo("test");
      assertThat(received.header("te")).isEqualTo("trailers");
      assertThat(received.header("x-kept")).isEqualTo("2");
      for (String name :
          new String[] {
            "connection", "x-secret", "keep-alive", "proxy-connection", "x-envoy-internal"
          }) {
        assertThat(received.headers(name)).as(name).isEmpty();
      }
      assertThat(received.headers("upgrade")).isEmpty();
    }
  }

  @Test
  void completesTheResponse() throws Exception {
    try (var upstream =
            TestUpstream.start(exchange ->
                exchange.ok("ok", "server: nginx", "x-envoy-upstream-service-time: 9"));
        var proxy = TestProxy.to(upstream.port()).hcm("via: weft").start()) {
      var reply = proxy.get("/", "via: 1.0 other");
      assertThat(reply.header("server")).isEqualTo("envoy");
      assertThat(reply.header("via")).isEqualTo("weft");
      var date = DateTimeFormatter.RFC_1123_DATE_TIME.parse(reply.header("date"));
      assertThat(ZonedDateTime.from(date))
          .isAfter(ZonedDateTime.now(ZoneOffset.UTC).minusMinutes(1));
      assertThat(reply.header("x-envoy-upstream-service-time")).matches("[0-9]+");
      assertThat(upstream.only().header("via")).isEqualTo("1.0 other, weft");
      assertThat(upstream.only().header("x-envoy-expected-rq-timeout-ms")).isEqualTo("15000");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "OVERWRITE, nginx, mine",
    "APPEND_IF_ABSENT, nginx, nginx",
    "APPEND_IF_ABSENT, , mine",
    "PASS_THROUGH, nginx, nginx",
    "PASS_THROUGH, , "
  })
  void namesTheServer(String transformation, String hosts, String expected) throws Exception {
    try (var upstream =
            TestUpstream.start(
                exchange -> exchange.ok("ok", hosts == null ? "x: y" : "server: " + hosts));
        var proxy =
            TestProxy.to(upstream.port())
                .hcm("server_header_transformation: " + transformation + "\nserver_name: mine")
                .start()) {
      assertThat(proxy.get("/").header("server")).isEqualTo(expected);
    }
  }

  @Test
  void keepsTheDateOfTheHost() throws Exception {
    var then = "Tue, 15 Nov 1994 08:12:31 GMT";
    try (var upstream = TestUpstream.start(exchange -> exchange.ok("ok", "date: " + then));
        var proxy = TestProxy.to(upstream.port()).start()) {
      assertThat(proxy.get("/").header("date")).isEqualTo(then);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // use_remote_address, more settings, id sent, whether it is kept
    "true, '', mine, false",
    "true, 'preserve_external_request_id: true', mine, true",
    "false, '', mine, true",
    "false, '', , false",
    "true, '', , false",
  })
  void namesRequests(boolean edge, String more, String sent, boolean kept) throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(upstream.port())
                .hcm("use_remote_address: " + edge)
                .hcm("always_set_request_id_in_response: true")
                .hcm(more)
                .start()) {
      var reply = sent == null ? proxy.get("/") : proxy.get("/", "x-request-id: " + sent);
      var id = upstream.only().header("x-request-id");
      assertThat(reply.header("x-request-id")).isEqualTo(id);
      if (kept) {
        assertThat(id).isEqualTo(sent);
      } else {
        assertThat(id).matches(UUID);
      }
    }
  }

  @Test
  void leavesRequestIdsAlone() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = TestProxy.to(upstream.port()).hcm("generate_request_id: false").start()) {
      assertThat(proxy.get("/").headers("x-request-id")).isEmpty();
      assertThat(upstream.only().header("x-request-id")).isNull();
    }
  }

  @ParameterizedTest
  @CsvSource({
    // use_remote_address, hops, skip append, sent, received, client
    "true, 0, false, , 127.0.0.1, 127.0.0.1",
    "true, 0, false, '1.1.1.1', '1.1.1.1, 127.0.0.1', 127.0.0.1",
    "true, 0, true, '1.1.1.1', '1.1.1.1', 127.0.0.1",
    "true, 1, false, '1.1.1.1, 2.2.2.2', '1.1.1.1, 2.2.2.2, 127.0.0.1', 2.2.2.2",
    "true, 2, false, '1.1.1.1, 2.2.2.2', '1.1.1.1, 2.2.2.2, 127.0.0.1', 1.1.1.1",
    "true, 3, false, '1.1.1.1, 2.2.2.2', '1.1.1.1, 2.2.2.2, 127.0.0.1', 127.0.0.1",
    "true, 1, false, 'junk', 'junk, 127.0.0.1', 127.0.0.1",
    "false, 0, false, , , 127.0.0.1",
    "false, 0, false, '1.1.1.1, 2.2.2.2', '1.1.1.1, 2.2.2.2', 2.2.2.2",
    "false, 1, false, '1.1.1.1, 2.2.2.2', '1.1.1.1, 2.2.2.2', 1.1.1.1",
    "false, 0, false, '::1', '::1', ::1",
    "false, 0, false, 'unknown', 'unknown', 127.0.0.1",
  })
  void knowsTheClient(
      boolean edge, int hops, boolean skip, String sent, String received, String client)
      throws Exception {
    var seen = new AtomicReference<String>();
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(upstream.port())
                .hcm("use_remote_address: " + edge)
                .hcm("xff_num_trusted_hops: " + hops)
                .hcm("skip_xff_append: " + skip)
                .filter((request, stream, next) -> {
                  seen.set(String.valueOf(stream.downstreamRemoteAddress()));
                  return next.proceed(request, stream);
                })
                .start()) {
      if (sent == null) {
        proxy.get("/");
      } else {
        proxy.get("/", "x-forwarded-for: " + sent);
      }
      assertThat(upstream.only().header("x-forwarded-for")).isEqualTo(received);
      assertThat(seen.get()).matches("\\[?" + client.replace(".", "\\.") + "\\]?:[0-9]+");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "true, 0, https, http",
    "true, 1, https, https",
    "false, 0, https, https",
    "false, 0, , http",
    "true, 0, , http"
  })
  void saysWhichSchemeTheClientUsed(boolean edge, int hops, String sent, String received)
      throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy =
            TestProxy.to(upstream.port())
                .hcm("use_remote_address: " + edge)
                .hcm("xff_num_trusted_hops: " + hops)
                .start()) {
      if (sent == null) {
        proxy.get("/");
      } else {
        proxy.get("/", "x-forwarded-proto: " + sent);
      }
      assertThat(upstream.only().header("x-forwarded-proto")).isEqualTo(received);
    }
  }

  @Test
  void normalisesPaths() throws Exception {
    try (var upstream = TestUpstream.answering("ok");
        var proxy = TestProxy.to(upstream.port()).start()) {
      assertThat(proxy.get("/a/./b/../c//d?x=/../y").status()).isEqualTo(200);
      assertThat(upstream.only().line()).isEqualTo("GET /a/c/d?x=/../y HTTP/1.1");
      assertThat(proxy.get("/a%2fb").status()).isEqualTo(400);
      assertThat(proxy.stat("http.test.downstream_rq_failed_path_normalization")).isEqualTo(1);
    }
  }
}
