package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.config.ConfigOptions;
import io.weft.config.ConfigSource;
import io.weft.schema.Problems;
import io.weft.testing.RawClient;
import io.weft.testing.ScriptedServer;
import io.weft.testing.TestCertificates;
import io.weft.testing.TestDns;
import io.weft.testing.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Rcode;

/** Row 9.24 and security bar P9: Weft as the HTTP proxy of clients. */
@ParameterizedClass
@EnumSource(
    value = Setup.class,
    names = {"EPOLL_TWO", "NIO_ONE"})
class DynamicForwardProxyTest {
  private static final TestCertificates CA = TestCertificates.authority("ca");

  @TempDir Path directory;

  private final Setup setup;
  private final TestDns dns = TestDns.start();

  DynamicForwardProxyTest(Setup setup) {
    this.setup = setup;
  }

  @AfterEach
  void close() throws IOException {
    dns.close();
  }

  private static String cache(int dnsPort, String more) {
    return """
    dns_cache_config:
      name: names
      dns_lookup_family: V4_ONLY
      typed_dns_resolver_config:
        name: envoy.network.dns_resolver.cares
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig
          resolvers: [{socket_address: {address: 127.0.0.1, port_value: %d}}]
          dns_resolver_options: {no_default_search_domain: true}
    %s
    """
        .formatted(dnsPort, more.indent(2));
  }

  private static String filter(String cache) {
    return """
    - name: envoy.filters.http.dynamic_forward_proxy
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig
    """
        + cache.indent(4);
  }

  private static String cluster(String cache, String more) {
    return """
    - name: forward
      lb_policy: CLUSTER_PROVIDED
      cluster_type:
        name: envoy.clusters.dynamic_forward_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig
    """
        + cache.indent(6)
        + more.indent(2);
  }

  /** A forward proxy that may go to 127.0.0.1, and nowhere else on this machine. */
  private TestProxy.Builder proxy(String cacheMore, String clusterMore, String routeMore) {
    String cache = cache(dns.port(), cacheMore);
    return setup
        .proxy()
        .setting("WEFT_FORWARD_PROXY_ALLOW", "127.0.0.1/32")
        .httpFilters(filter(cache))
        .clusters(cluster(cache, clusterMore))
        .virtualHosts(
            """
            - name: all
              domains: ['*']
              routes:
              - match: {connect_matcher: {}}
                route:
                  cluster: forward
                  upgrade_configs: [{upgrade_type: CONNECT, connect_config: {}}]
              - match: {prefix: /}
                route: {cluster: forward}
            """
                + routeMore.indent(4));
  }

  private TestProxy.Builder proxy() {
    return proxy("", "", "");
  }

  private static RawClient.Reply ask(TestProxy proxy, String authority) throws IOException {
    try (var client = proxy.connect()) {
      client.send("GET http://" + authority + "/path HTTP/1.1\r\nhost: " + authority + "\r\n\r\n");
      return client.read();
    }
  }

  private static String curl(TestProxy proxy, String... arguments) throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/curl")), "curl is not installed");
    var command = new java.util.ArrayList<>(List.of("curl", "-sS", "--max-time", "10", "-x"));
    command.add("http://127.0.0.1:" + proxy.port());
    command.addAll(List.of(arguments));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return out;
  }

  @Test
  void isTheHttpProxyOfCurl() throws Exception {
    dns.says("shop.test", 60, "127.0.0.1");
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy().start()) {
      String url = "http://Shop.test:" + upstream.port() + "/a?b=c";
      assertThat(curl(proxy, url, url)).isEqualTo("hellohello");
      assertThat(upstream.exchanges().getFirst().path()).isEqualTo("/a?b=c");
      assertThat(upstream.exchanges().getFirst().header("host"))
          .isEqualTo("Shop.test:" + upstream.port());
      assertThat(dns.queries()).as("the second request finds the name in the cache").isEqualTo(1);
      assertThat(proxy.stat("dns_cache.names.dns_query_attempt")).isEqualTo(1);
      assertThat(proxy.stat("dns_cache.names.dns_query_success")).isEqualTo(1);
      assertThat(proxy.stat("dns_cache.names.host_added")).isEqualTo(1);
      assertThat(proxy.stat("dns_cache.names.num_hosts")).isEqualTo(1);
      assertThat(proxy.stat("dns_cache.names.host_address_changed")).isEqualTo(1);
      assertThat(proxy.stat("cluster.forward.membership_total")).isEqualTo(1);
      assertThat(proxy.stat("cluster.forward.upstream_rq_200")).isEqualTo(2);
    }
  }

  @Test
  void tunnelsForCurl() throws Exception {
    dns.says("shop.test", 60, "127.0.0.1");
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy().start()) {
      assertThat(curl(proxy, "-p", "http://shop.test:" + upstream.port() + "/a"))
          .isEqualTo("hello");
      assertThat(proxy.stat("http.test.downstream_cx_upgrades_total")).isEqualTo(1);
    }
  }

  @Test
  void keepsHostsAndPortsApart() throws Exception {
    dns.says("a.test", 60, "127.0.0.1").says("b.test", 60, "127.0.0.1");
    try (var first = TestUpstream.answering("first");
        var second = TestUpstream.answering("second");
        var proxy = proxy().start()) {
      for (int i = 0; i < 3; i++) {
        assertThat(ask(proxy, "a.test:" + first.port()).body()).isEqualTo("first");
        assertThat(ask(proxy, "a.test:" + second.port()).body()).isEqualTo("second");
        assertThat(ask(proxy, "b.test:" + second.port()).body()).isEqualTo("second");
        assertThat(ask(proxy, "127.0.0.1:" + first.port()).body()).isEqualTo("first");
      }
      assertThat(proxy.stat("dns_cache.names.num_hosts")).isEqualTo(4);
      assertThat(dns.queries()).isEqualTo(3);
    }
  }

  @Test
  void refusesThisMachineAndMetadata() throws Exception {
    dns.says("metadata.test", 60, "169.254.169.254")
        .says("inside.test", 60, "127.0.0.2")
        .says("any.test", 60, "0.0.0.0");
    try (var proxy = proxy().start()) {
      for (String host :
          List.of(
              "metadata.test",
              "inside.test",
              "any.test",
              "169.254.169.254",
              "127.0.0.2:8080",
              "[::1]:8080",
              "[::ffff:127.0.0.2]:80",
              "0.0.0.0")) {
        var reply = ask(proxy, host);
        assertThat(reply.status()).as(host).isEqualTo(503);
        assertThat(reply.body()).isEqualTo("DNS resolution failure");
      }
      await().until(() -> proxy.ended().size() == 8);
      assertThat(proxy.ended()).containsOnly("503 DF dns_resolution_failure{address_not_allowed}");
      assertThat(proxy.stat("cluster.forward.upstream_cx_total")).isZero();
      assertThat(proxy.stat("dns_cache.names.address_refused")).isEqualTo(8);
    }
  }

  @Test
  void connectsToTheAddressThatWasChecked() throws Exception {
    dns.says("shop.test", 60, "127.0.0.2", "127.0.0.1");
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy().start()) {
      assertThat(ask(proxy, "shop.test:" + upstream.port()).body()).isEqualTo("hello");
      dns.says("shop.test", 60, "127.0.0.2"); // nobody looks it up again for the connection
      assertThat(ask(proxy, "shop.test:" + upstream.port()).body()).isEqualTo("hello");
      assertThat(dns.queries()).isEqualTo(1);
    }
  }

  @Test
  void letsGoOfANameThatMovesToWhereNobodyMayGo() throws Exception {
    dns.says("shop.test", 0, "127.0.0.1");
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy("dns_min_refresh_rate: 1s", "", "").start()) {
      assertThat(ask(proxy, "shop.test:" + upstream.port()).body()).isEqualTo("hello");
      dns.says("shop.test", 0, "127.0.0.2");
      await().until(() -> proxy.stat("cluster.forward.membership_total") == 0);
      proxy.awaitStat("cluster.forward.upstream_cx_active", 0);
      assertThat(ask(proxy, "shop.test:" + upstream.port()).status()).isEqualTo(503);
    }
  }

  @Test
  void saysWhyANameIsNotFound() throws Exception {
    dns.fails("broken.test", Rcode.SERVFAIL).says("empty.test", 60);
    try (var proxy = proxy().start()) {
      for (String host : List.of("unknown.test", "broken.test", "empty.test", "not!a!name")) {
        var reply = ask(proxy, host);
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.body()).isEqualTo("DNS resolution failure");
      }
      await().until(() -> proxy.ended().size() == 4);
      assertThat(proxy.ended())
          .containsExactlyInAnyOrder(
              "503 DF dns_resolution_failure{not_found}",
              "503 DF dns_resolution_failure{failure}",
              "503 DF dns_resolution_failure{no_data}",
              "503 DF dns_resolution_failure{not_a_host_name}");
      assertThat(proxy.stat("dns_cache.names.dns_query_failure")).isEqualTo(3);
      assertThat(proxy.stat("dns_cache.names.num_hosts"))
          .as("names, not what is none")
          .isEqualTo(3);
    }
  }

  @Test
  void waitsNoLongerThanItMay() throws Exception {
    dns.ignores("silent.test");
    try (var proxy = proxy("dns_query_timeout: 0.1s", "", "").start()) {
      assertThat(ask(proxy, "silent.test").status()).isEqualTo(503);
      assertThat(proxy.awaitEnded()).isEqualTo("503 DF dns_resolution_failure{timeout}");
      assertThat(proxy.stat("dns_cache.names.dns_query_timeout")).isEqualTo(1);
    }
  }

  @Test
  void waitsForNobodyWhoHasGone() throws Exception {
    dns.ignores("silent.test");
    try (var proxy = proxy().start()) {
      try (var client = proxy.connect()) {
        client.send("GET http://silent.test/ HTTP/1.1\r\nhost: silent.test\r\n\r\n");
        proxy.awaitStat("http.test.downstream_rq_active", 1);
        await().until(() -> dns.queries() == 1);
        client.peer().reset();
      }
      proxy.awaitStat("http.test.downstream_rq_active", 0);
      assertThat(proxy.stat("dns_cache.names.circuit_breakers.rq_pending_remaining"))
          .isEqualTo(1024);
    }
  }

  @Test
  void letsOnlySoManyWait() throws Exception {
    dns.ignores("silent.test").says("shop.test", 60, "127.0.0.1");
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            proxy(
                    "dns_query_timeout: 0.5s\ndns_cache_circuit_breaker: {max_pending_requests: 1}",
                    "",
                    "")
                .start();
        var first = proxy.connect()) {
      assertThat(ask(proxy, "shop.test:" + upstream.port()).body()).isEqualTo("hello");
      first.send("GET http://silent.test/ HTTP/1.1\r\nhost: silent.test\r\n\r\n");
      proxy.awaitStat("dns_cache.names.circuit_breakers.rq_pending_open", 1);
      assertThat(ask(proxy, "silent.test").body())
          .isEqualTo("Dynamic forward proxy pending request overflow");
      assertThat(ask(proxy, "shop.test:" + upstream.port()).body()).isEqualTo("hello");
      assertThat(first.read().status()).isEqualTo(503);
      assertThat(proxy.stat("dns_cache.names.dns_rq_pending_overflow")).isEqualTo(1);
      await()
          .until(
              () -> proxy.ended().contains("503 - dynamic_forward_proxy_pending_request_overflow"));
    }
  }

  @Test
  void keepsOnlySoManyNames() throws Exception {
    dns.says("a.test", 60, "127.0.0.1").says("b.test", 60, "127.0.0.1");
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy("max_hosts: 1\nhost_ttl: 0.3s", "", "").start()) {
      assertThat(ask(proxy, "a.test:" + upstream.port()).body()).isEqualTo("hello");
      var reply = ask(proxy, "b.test:" + upstream.port());
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.body()).isEqualTo("DNS cache overflow");
      await().until(() -> proxy.ended().contains("503 - dns_cache_overflow"));
      assertThat(proxy.stat("dns_cache.names.host_overflow")).isEqualTo(1);
      proxy.awaitStat("dns_cache.names.host_removed", 1);
      proxy.awaitStat("cluster.forward.upstream_cx_active", 0);
      assertThat(ask(proxy, "b.test:" + upstream.port()).body()).isEqualTo("hello");
      assertThat(proxy.stat("cluster.forward.membership_total")).isEqualTo(1);
    }
  }

  @Test
  void followsTheRecords() throws Exception {
    dns.says("shop.test", 0, "127.0.0.9");
    try (var upstream = TestUpstream.answering("hello");
        var proxy =
            proxy("dns_min_refresh_rate: 1s", "", "")
                .setting("WEFT_FORWARD_PROXY_ALLOW", "127.0.0.1, 127.0.0.9")
                .start()) {
      assertThat(ask(proxy, "shop.test:" + upstream.port()).status()).isEqualTo(503);
      dns.says("shop.test", 0, "127.0.0.1");
      await()
          .untilAsserted(() ->
              assertThat(ask(proxy, "shop.test:" + upstream.port()).body()).isEqualTo("hello"));
      assertThat(proxy.stat("dns_cache.names.host_address_changed")).isEqualTo(2);
    }
  }

  @Test
  void asksAgainOnlyWhenSomebodyDoes() throws Exception {
    try (var upstream = TestUpstream.answering("hello");
        var proxy = proxy("disable_dns_refresh_on_failure: true", "", "").start()) {
      assertThat(ask(proxy, "shop.test:" + upstream.port()).status()).isEqualTo(503);
      dns.says("shop.test", 60, "127.0.0.1");
      await()
          .untilAsserted(() ->
              assertThat(ask(proxy, "shop.test:" + upstream.port()).body()).isEqualTo("hello"));
    }
  }

  @Test
  void rewritesTheHostByRoute() throws Exception {
    dns.says("other.test", 60, "127.0.0.1");
    try (var upstream = TestUpstream.answering("hello")) {
      String other = "other.test:" + upstream.port();
      String rewrite =
          """
          typed_per_filter_config:
            envoy.filters.http.dynamic_forward_proxy:
              "@type": type.googleapis.com/envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig
              %s
          """;
      try (var proxy = proxy("", "", rewrite.formatted("host_rewrite_literal: " + other)).start()) {
        assertThat(ask(proxy, "shop.test").body()).isEqualTo("hello");
        assertThat(upstream.exchanges().getLast().header("host")).isEqualTo(other);
      }
      try (var proxy = proxy("", "", rewrite.formatted("host_rewrite_header: x-to")).start();
          var client = proxy.connect()) {
        client.send("GET / HTTP/1.1\r\nhost: shop.test\r\nx-to: " + other + "\r\n\r\n");
        assertThat(client.read().body()).isEqualTo("hello");
        assertThat(upstream.exchanges().getLast().header("host")).isEqualTo(other);
      }
    }
  }

  /** Java's TLS server, which says hello once a connection and notes what SNI asked for. */
  private static final class SecureServer implements AutoCloseable {
    final List<String> names = new CopyOnWriteArrayList<>();
    private final SSLServerSocket listening;

    SecureServer(TestCertificates.Pair certificate) throws IOException {
      listening =
          (SSLServerSocket)
              CA.context(certificate)
                  .getServerSocketFactory()
                  .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
      Thread.ofPlatform().daemon().start(this::serve);
    }

    int port() {
      return listening.getLocalPort();
    }

    private void serve() {
      while (!listening.isClosed()) {
        try (var socket = (SSLSocket) listening.accept()) {
          socket.startHandshake();
          var session = (ExtendedSSLSession) socket.getSession();
          names.add(session.getRequestedServerNames().toString());
          var head = new StringBuilder();
          while (!head.toString().endsWith("\r\n\r\n")) {
            head.append((char) socket.getInputStream().read());
          }
          String answer = TestUpstream.response("hello", "connection: close");
          socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
          // a client that does not trust this server, or the end of the test
        }
      }
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }

  private String tls() throws IOException {
    Files.writeString(directory.resolve("ca.crt"), CA.pem());
    return """
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        common_tls_context:
          validation_context: {trusted_ca: {filename: %s}}
    """
        .formatted(directory.resolve("ca.crt"));
  }

  @Test
  void speaksTlsToTheHostThatWasAskedFor() throws Exception {
    dns.says("up.test", 60, "127.0.0.1").says("other.test", 60, "127.0.0.1");
    var certificate = CA.leaf("server").dns("up.test").sign();
    try (var outer = new SecureServer(certificate);
        var proxy = proxy("", tls(), "").start()) {
      assertThat(ask(proxy, "up.test:" + outer.port()).body()).isEqualTo("hello");
      assertThat(outer.names.toString()).contains("up.test");
      var wrong = ask(proxy, "other.test:" + outer.port());
      assertThat(wrong.status()).isEqualTo(503);
      assertThat(wrong.body()).contains("transport failure reason: ");
    }
  }

  @Test
  void goesNowhereWithoutTheFilter() throws Exception {
    dns.says("shop.test", 60, "127.0.0.1");
    try (var server = ScriptedServer.echo();
        var proxy = proxy().httpFilters("").start()) {
      var reply = ask(proxy, "shop.test:" + server.port());
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.body()).isEqualTo("no healthy upstream");
    }
  }

  private String refused(String yaml) throws IOException {
    var problems = new Problems();
    Path file = Files.writeString(directory.resolve("bootstrap.yaml"), yaml);
    var configuration = ConfigSource.load(file, ConfigOptions.NONE, problems);
    if (configuration != null && problems.isEmpty()) {
      Commands.build(configuration, Users.load(), problems);
    }
    return problems.text();
  }

  @Test
  void refusesAtLoadWhatCannotWork() throws Exception {
    String cluster = cluster(cache(53, ""), "");
    String clusters = "static_resources:\n  clusters:\n";
    assertThat(refused(clusters + cluster.indent(2))).isEmpty();
    assertThat(refused(clusters + cluster.replace("CLUSTER_PROVIDED", "RANDOM").indent(2)))
        .contains("lb_policy: RANDOM (expected: CLUSTER_PROVIDED");
    assertThat(refused(clusters + "  - {name: a, lb_policy: CLUSTER_PROVIDED, type: STATIC}\n"))
        .contains("lb_policy: CLUSTER_PROVIDED (expected: CLUSTER_PROVIDED for a cluster of");
    assertThat(
            refused(
                clusters
                    + cluster.indent(2)
                    + cluster(cache(53, "max_hosts: 5"), "")
                        .replace("name: forward", "name: other")
                        .indent(2)))
        .contains("another DNS cache 'names' has other settings");
    String insecure = "upstream_http_protocol_options: {auto_sni: true}\n";
    assertThat(refused(clusters + cluster(cache(53, ""), tls() + insecure).indent(2)))
        .contains("not checked to be to the host");
  }
}
