package io.weft.cluster;

import io.weft.codec.h2.Http2Options;
import io.weft.net.NetAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as configured. Immutable and valid: what is not is refused when it is made.
 *
 * @param name its name, by which routes and filters mean it
 * @param statName its name in statistics; the alternative name where one was given
 * @param connectTimeout how long a connection may take to open; more than zero
 * @param endpoints its members, in the order given
 * @param overprovisioning percent by which the health of a priority counts more than it is
 * @param panicThreshold percent of available endpoints below which health is set aside; 0 = never
 * @param failOnPanic whether a cluster in panic has no endpoint rather than all
 * @param defaults limits of requests of default priority
 * @param high limits of requests of high priority
 * @param idleTimeout how long an unused connection is kept, null = for ever
 * @param maxConnectionDuration how long a connection is used at all, null = for ever
 * @param maxRequestsPerConnection how many requests a connection serves, 0 = any number
 * @param bufferLimit bytes a stream may keep, {@code per_connection_buffer_limit_bytes}
 * @param http1 what is particular to HTTP/1 connections
 * @param version which version of HTTP connections speak
 * @param bind the local address connections are opened from, null = any
 * @param keepalive TCP keep-alive of connections, null = none
 * @param lb how an endpoint is chosen
 * @param tls what secures connections, null = clear text
 */
public record ClusterConfig(
    String name,
    String statName,
    Duration connectTimeout,
    List<EndpointConfig> endpoints,
    int overprovisioning,
    double panicThreshold,
    boolean failOnPanic,
    CircuitBreakerConfig defaults,
    CircuitBreakerConfig high,
    @Nullable Duration idleTimeout,
    @Nullable Duration maxConnectionDuration,
    long maxRequestsPerConnection,
    int bufferLimit,
    Http1Options http1,
    HttpVersion version,
    @Nullable NetAddress bind,
    @Nullable TcpKeepalive keepalive,
    LbConfig lb,
    @Nullable UpstreamTls tls) {

  public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(5);
  public static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofHours(1);
  public static final int DEFAULT_OVERPROVISIONING = 140;
  public static final double DEFAULT_PANIC_THRESHOLD = 50;
  public static final int DEFAULT_BUFFER_LIMIT = 1 << 20;

  public ClusterConfig {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("name: must not be empty");
    }
    requirePositive("connect_timeout", connectTimeout);
    if (maxConnectionDuration != null) {
      requirePositive("max_connection_duration", maxConnectionDuration);
    }
    if (idleTimeout != null) {
      requirePositive("idle_timeout", idleTimeout);
    }
    if (!(panicThreshold >= 0 && panicThreshold <= 100)) {
      throw new IllegalArgumentException(
          "healthy_panic_threshold: " + panicThreshold + " (expected: 0 to 100)");
    }
    if (overprovisioning < 100) {
      throw new IllegalArgumentException(
          "overprovisioning_factor: " + overprovisioning + " (expected: at least 100)");
    }
    if (maxRequestsPerConnection < 0) {
      throw new IllegalArgumentException(
          "max_requests_per_connection: "
              + maxRequestsPerConnection
              + " (expected: at least 1, or absent)");
    }
    endpoints = List.copyOf(endpoints);
  }

  /** A cluster of these endpoints with Envoy's defaults for everything else. */
  public static ClusterConfig of(String name, List<EndpointConfig> endpoints) {
    return new ClusterConfig(
        name,
        name,
        DEFAULT_CONNECT_TIMEOUT,
        endpoints,
        DEFAULT_OVERPROVISIONING,
        DEFAULT_PANIC_THRESHOLD,
        false,
        CircuitBreakerConfig.DEFAULT,
        CircuitBreakerConfig.DEFAULT,
        DEFAULT_IDLE_TIMEOUT,
        null,
        0,
        DEFAULT_BUFFER_LIMIT,
        Http1Options.DEFAULT,
        HttpVersion.DEFAULT,
        null,
        null,
        LbConfig.ROUND_ROBIN,
        null);
  }

  private static void requirePositive(String field, Duration value) {
    if (value.isZero() || value.isNegative()) {
      throw new IllegalArgumentException(field + ": " + value + " (expected: more than 0s)");
    }
  }

  /**
   * TCP keep-alive; a field of 0 leaves the operating system's value.
   *
   * @param probes unanswered probes before the connection counts as dead
   * @param time seconds of silence before the first probe
   * @param interval seconds between probes
   */
  public record TcpKeepalive(int probes, int time, int interval) {}

  /**
   * HTTP/1 towards the endpoints.
   *
   * @param maxHeaders how many headers and trailers a response may have
   * @param maxHeadersKb how large the head of a response may be, KiB
   * @param properCase whether each word of a request header's name is written with a capital
   */
  public record Http1Options(int maxHeaders, int maxHeadersKb, boolean properCase) {
    public static final Http1Options DEFAULT = new Http1Options(100, 60, false);
  }

  /**
   * Which version of HTTP connections speak.
   *
   * @param choice who decides
   * @param http2 how HTTP/2 is spoken, where it is
   */
  public record HttpVersion(Choice choice, Http2Options http2) {
    public static final HttpVersion DEFAULT = new HttpVersion(Choice.HTTP1, Http2Options.DEFAULT);

    /** Who decides. */
    public enum Choice {
      HTTP1,
      HTTP2,
      /** Whatever the client of the stream speaks. */
      DOWNSTREAM,
      /** Each connection speaks what its endpoint chooses by ALPN. */
      ALPN
    }
  }
}
