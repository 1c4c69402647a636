package io.weft.filter.network.tcpproxy;

import io.weft.format.Format;
import io.weft.format.FormatException;
import io.weft.format.HeaderAdditions;
import io.weft.format.TextFormat;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy as configured. Immutable.
 *
 * @param statPrefix what its statistics are called: {@code tcp.<statPrefix>.}
 * @param cluster the name of the cluster to connect to
 * @param idleTimeout how long a connection may be without a byte either way, null = for ever
 * @param maxConnectAttempts how many endpoints are tried before a connection is given up, at least
 *     1
 * @param maxConnectionDuration how long a connection may last at all, null = for ever
 * @param tunneling the tunnel each connection goes through; null for none
 */
record TcpProxyConfig(
    String statPrefix,
    String cluster,
    @Nullable Duration idleTimeout,
    int maxConnectAttempts,
    @Nullable Duration maxConnectionDuration,
    @Nullable Tunneling tunneling) {

  /**
   * A CONNECT to a host of the cluster.
   *
   * @param hostname the authority it asks for, with port
   * @param headers what is added to the request
   */
  record Tunneling(TextFormat hostname, HeaderAdditions headers) {}

  /** Where nothing is configured. */
  static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofHours(1);

  TcpProxyConfig {
    if (maxConnectAttempts < 1) {
      throw new IllegalArgumentException(
          "max_connect_attempts: " + maxConnectAttempts + " (expected: at least 1)");
    }
    requirePositive("idle_timeout", idleTimeout);
    requirePositive("max_downstream_connection_duration", maxConnectionDuration);
  }

  /** Reads {@code envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy}. */
  static TcpProxyConfig read(Message message, Problems problems) {
    var idle = message.duration("idle_timeout", DEFAULT_IDLE_TIMEOUT);
    return new TcpProxyConfig(
        message.string("stat_prefix"),
        message.string("cluster"),
        idle.isZero() ? null : idle,
        Math.toIntExact(Math.min(Integer.MAX_VALUE, message.integer("max_connect_attempts", 1))),
        message.duration("max_downstream_connection_duration"),
        tunneling(message.message("tunneling_config"), problems));
  }

  private static @Nullable Tunneling tunneling(@Nullable Message message, Problems problems) {
    if (message == null) {
      return null;
    }
    try {
      return new Tunneling(
          Format.text(message.string("hostname"), true),
          HeaderAdditions.read(message.messages("headers_to_add"), problems));
    } catch (FormatException e) {
      problems.error(message.place("hostname"), e.getMessage());
      return null;
    }
  }

  private static void requirePositive(String field, @Nullable Duration value) {
    if (value != null && (value.isZero() || value.isNegative())) {
      throw new IllegalArgumentException(field + ": " + value + " (expected: more than 0s)");
    }
  }
}
