package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.TestUpstream;
import org.junit.jupiter.api.Test;

/** How answers from here look: by configuration, and to gRPC calls. */
class LocalReplyConfigTest {
  private static final String ROUTES =
      """
      - name: all
        domains: ['*']
        routes:
        - match: {prefix: /up}
          route: {cluster: up}
        - match: {path: /direct}
          direct_response: {status: 404, body: {inline_string: not here}}
        - match: {path: /fine}
          direct_response: {status: 200, body: {inline_string: fine}}
      """;

  private static final String[] CALL = {"content-type: application/grpc+proto", "te: trailers"};

  @Test
  void theFirstMapperThatTakesTheStreamChangesTheReply() throws Exception {
    try (var upstream = TestUpstream.answering("from upstream");
        var proxy =
            Setup.EPOLL_ONE
                .proxy(upstream.port())
                .virtualHosts(ROUTES)
                .hcm(
                    """
                    local_reply_config:
                      mappers:
                      - filter:
                          and_filter:
                            filters:
                            - status_code_filter: {comparison: {op: EQ, value: {default_value: 404, runtime_key: none}}}
                            - header_filter: {header: {name: x-app, string_match: {exact: shop}}}
                        status_code: 410
                        body: {inline_string: gone}
                        headers_to_add: [{header: {key: x-why, value: '%RESPONSE_CODE_DETAILS%'}}]
                      - filter:
                          status_code_filter: {comparison: {op: GE, value: {default_value: 400, runtime_key: none}}}
                        body_format_override:
                          text_format_source: {inline_string: "<b>%LOCAL_REPLY_BODY% (%RESPONSE_CODE%)</b>"}
                          content_type: text/html; charset=UTF-8
                      body_format:
                        json_format: {code: '%RESPONSE_CODE%', text: '%LOCAL_REPLY_BODY%', path: '%REQ(:path)%'}
                    """)
                .start()) {
      var shop = proxy.get("/direct", "x-app: shop");
      assertThat(shop.status()).isEqualTo(410);
      assertThat(shop.header("x-why")).isEqualTo("direct_response");
      assertThat(shop.header("content-type")).isEqualTo("application/json");
      assertThat(shop.body().strip())
          .contains("\"code\":410", "\"text\":\"gone\"", "\"path\":\"/direct\"");
      assertThat(shop.header("content-length")).isEqualTo(Integer.toString(shop.body().length()));

      var other = proxy.get("/direct");
      assertThat(other.status()).isEqualTo(404);
      assertThat(other.header("content-type")).isEqualTo("text/html; charset=UTF-8");
      assertThat(other.body()).isEqualTo("<b>not here (404)</b>");

      var none = proxy.get("/nowhere");
      assertThat(none.status()).isEqualTo(404);
      assertThat(none.body()).isEqualTo("<b> (404)</b>");

      var fine = proxy.get("/fine");
      assertThat(fine.status()).isEqualTo(200);
      assertThat(fine.body()).contains("\"text\":\"fine\"", "\"code\":200");

      assertThat(proxy.get("/up").body()).isEqualTo("from upstream");
      try (var client = proxy.connect()) {
        client.send("GET / HTTP/1.1\r\nbad header\r\n\r\n");
        assertThat(client.read().body()).isEqualTo("<b> (400)</b>");
      }
    }
  }

  @Test
  void aGrpcCallSeesItsStatusInHeaders() throws Exception {
    try (var upstream = TestUpstream.answering("never")) {
      upstream.refuse();
      try (var proxy = Setup.EPOLL_ONE.proxy(upstream.port()).virtualHosts(ROUTES).start();
          var client = proxy.connect()) {
        var failed = client.get("/up", CALL);
        assertThat(failed.status()).isEqualTo(200);
        assertThat(failed.header("content-type")).isEqualTo("application/grpc");
        assertThat(failed.header("grpc-status")).isEqualTo("14");
        assertThat(failed.header("grpc-message"))
            .startsWith("upstream connect error or disconnect/reset before headers. reset reason:");
        assertThat(failed.body()).isEmpty();
        assertThat(proxy.awaitEnded()).startsWith("200 UF ");
        assertThat(proxy.stat("cluster.up.upstream_rq_503")).isEqualTo(1);
        assertThat(client.get("/nowhere", CALL).header("grpc-status")).isEqualTo("12");
        var direct = client.get("/direct", CALL);
        assertThat(direct.header("grpc-status")).isEqualTo("12");
        assertThat(direct.header("grpc-message")).isEqualTo("not here");
        assertThat(client.get("/direct", "content-type: application/grpc-web").status())
            .isEqualTo(404);
      }
    }
  }

  @Test
  void messagesOfGrpcRepliesAreEncodedAndMapped() throws Exception {
    try (var upstream = TestUpstream.answering("never");
        var proxy =
            Setup.EPOLL_ONE
                .proxy(upstream.port())
                .virtualHosts(ROUTES)
                .hcm(
                    """
                    local_reply_config:
                      mappers:
                      - filter: {grpc_status_filter: {statuses: [UNIMPLEMENTED]}}
                        status_code: 429
                        body: {inline_string: "100% ☃\\n"}
                    """)
                .start()) {
      var reply = proxy.get("/direct", CALL);
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.header("grpc-status")).isEqualTo("14");
      assertThat(reply.header("grpc-message")).isEqualTo("100%25 %E2%98%83%0A");
    }
  }

  @Test
  void aRouteMayBeForGrpcCallsAlone() throws Exception {
    try (var upstream = TestUpstream.answering("never");
        var proxy =
            Setup.EPOLL_ONE
                .proxy(upstream.port())
                .virtualHosts(
                    """
                    - name: all
                      domains: ['*']
                      routes:
                      - match: {path: /a/first, grpc: {}}
                        direct_response: {status: 401}
                      - match: {path: /a/first}
                        direct_response: {status: 201}
                      - match: {prefix: /a, grpc: {}, case_sensitive: false}
                        direct_response: {status: 403}
                      - match: {safe_regex: {regex: '/r/.*'}, grpc: {}}
                        direct_response: {status: 404}
                      - match: {prefix: /}
                        direct_response: {status: 202}
                    """)
                .start();
        var client = proxy.connect()) {
      assertThat(client.get("/a/first").status()).isEqualTo(201);
      assertThat(client.get("/a/first", CALL).header("grpc-status")).isEqualTo("16");
      assertThat(client.get("/A/other?x", CALL).header("grpc-status")).isEqualTo("7");
      assertThat(client.get("/A/other").status()).isEqualTo(202);
      assertThat(client.get("/r/x", CALL).header("grpc-status")).isEqualTo("12");
      assertThat(client.get("/z", "content-type: application/grpc").status()).isEqualTo(200);
    }
  }
}
