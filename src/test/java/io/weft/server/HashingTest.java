package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testing.TestUpstream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Row 9.23: requests that belong together go to the same endpoint. */
class HashingTest {
  @ParameterizedTest
  @ValueSource(strings = {"RING_HASH", "MAGLEV"})
  void row0923SameHeaderGoesToTheSameEndpoint(String policy) throws Exception {
    try (var a = TestUpstream.answering("a");
        var b = TestUpstream.answering("b");
        var proxy =
            TestProxy.to(a.port(), b.port())
                .cluster("lb_policy: " + policy)
                .route("hash_policy: [{header: {header_name: x-user}}]")
                .start()) {
      for (int user = 0; user < 32; user++) {
        String first = proxy.get("/", "x-user: " + user).body();
        for (int i = 0; i < 3; i++) {
          assertThat(proxy.get("/", "x-user: " + user).body()).isEqualTo(first);
        }
      }
      assertThat(a.exchanges()).isNotEmpty();
      assertThat(b.exchanges()).isNotEmpty();
      assertThat(
              policy.equals("MAGLEV")
                  ? proxy.stat("cluster.up.maglev_lb.max_entries_per_host")
                  : proxy.stat("cluster.up.ring_hash_lb.size"))
          .isIn(32_769L, 1024L);
    }
  }

  @Test
  void row0923WhatAFilterHasSetBindsItsRequests() throws Exception {
    try (var a = TestUpstream.answering("a");
        var b = TestUpstream.answering("b");
        var proxy =
            TestProxy.to(a.port(), b.port())
                .cluster("lb_policy: RING_HASH")
                .route("hash_policy: [{filter_state: {key: io.example.user}}]")
                .filter((request, stream, next) -> {
                  String user = request.headers().first("x-user");
                  if (user != null) {
                    stream.setFilterState("io.example.user", user);
                  }
                  return next.proceed(request, stream);
                })
                .start()) {
      for (int user = 0; user < 32; user++) {
        String first = proxy.get("/", "x-user: " + user).body();
        for (int i = 0; i < 3; i++) {
          assertThat(proxy.get("/", "x-user: " + user).body()).isEqualTo(first);
        }
      }
      assertThat(a.exchanges()).isNotEmpty();
      assertThat(b.exchanges()).isNotEmpty();
    }
  }

  @Test
  void row0923CookieIsMadeWhereThereIsNoneAndBindsItsClient() throws Exception {
    try (var a = TestUpstream.answering("a");
        var b = TestUpstream.answering("b");
        var proxy =
            TestProxy.to(a.port(), b.port())
                .cluster("lb_policy: RING_HASH")
                .route("hash_policy: [{cookie: {name: sid, ttl: 60s, path: /}}]")
                .start()) {
      var first = proxy.get("/");
      String cookie = String.valueOf(first.header("set-cookie"));
      assertThat(cookie).matches("sid=\"[0-9a-f]{16}\"; Max-Age=60; Path=/; HttpOnly");
      String pair = cookie.substring(0, cookie.indexOf(';'));
      for (int i = 0; i < 5; i++) {
        var next = proxy.get("/", "cookie: x=1; " + pair);
        assertThat(next.body()).isEqualTo(first.body());
        assertThat(next.header("set-cookie")).isNull();
      }
    }
  }

  @Test
  void row0923TerminalPolicyLeavesOutTheOthersAndClientAddressBinds() throws Exception {
    try (var a = TestUpstream.answering("a");
        var b = TestUpstream.answering("b");
        var proxy =
            TestProxy.to(a.port(), b.port())
                .cluster("lb_policy: MAGLEV")
                .route(
                    "hash_policy: [{query_parameter: {name: q}, terminal: true}, {connection_properties: {source_ip: true}}]")
                .start()) {
      String byAddress = proxy.get("/").body();
      for (int i = 0; i < 5; i++) {
        assertThat(proxy.get("/?other=" + i).body()).isEqualTo(byAddress);
      }
      String byQuery = proxy.get("/?q=1").body();
      for (int i = 0; i < 5; i++) {
        assertThat(proxy.get("/?q=1&i=" + i).body()).isEqualTo(byQuery);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RANDOM", "LEAST_REQUEST"})
  void otherPoliciesReachAllEndpoints(String policy) throws Exception {
    try (var a = TestUpstream.answering("a");
        var b = TestUpstream.answering("b");
        var proxy = TestProxy.to(a.port(), b.port()).cluster("lb_policy: " + policy).start()) {
      for (int i = 0; i < 64; i++) {
        assertThat(proxy.get("/").status()).isEqualTo(200);
      }
      assertThat(a.exchanges()).isNotEmpty();
      assertThat(b.exchanges()).isNotEmpty();
    }
  }
}
