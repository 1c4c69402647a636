package io.weft.format;

import org.jspecify.annotations.Nullable;

/**
 * Why a stream did not end as it should have, in Envoy's words. Flags of one stream are kept as a
 * set of bits; the order here is Envoy's and decides the order in a log line.
 */
public enum ResponseFlag {
  /** Weft answered a health check itself with a failure. */
  FAILED_LOCAL_HEALTH_CHECK("LH", "FailedLocalHealthCheck"),
  /** No endpoint of the cluster is healthy. */
  NO_HEALTHY_UPSTREAM("UH", "NoHealthyUpstream"),
  /** The route's timeout or the timeout of one try passed. */
  UPSTREAM_REQUEST_TIMEOUT("UT", "UpstreamRequestTimeout"),
  /** The stream was reset from this side. */
  LOCAL_RESET("LR", "LocalReset"),
  /** The upstream reset the stream. */
  UPSTREAM_REMOTE_RESET("UR", "UpstreamRemoteReset"),
  /** A connection to the upstream could not be made. */
  UPSTREAM_CONNECTION_FAILURE("UF", "UpstreamConnectionFailure"),
  /** The upstream closed the connection. */
  UPSTREAM_CONNECTION_TERMINATION("UC", "UpstreamConnectionTermination"),
  /** A circuit breaker was open. */
  UPSTREAM_OVERFLOW("UO", "UpstreamOverflow"),
  /** No route matched, or no filter chain did. */
  NO_ROUTE_FOUND("NR", "NoRouteFound"),
  /** A fault filter delayed the request. */
  DELAY_INJECTED("DI", "DelayInjected"),
  /** A fault filter aborted the request. */
  FAULT_INJECTED("FI", "FaultInjected"),
  /** Answered 429 by a rate limit. */
  RATE_LIMITED("RL", "RateLimited"),
  /** Refused by the external authorization service. */
  UNAUTHORIZED_EXTERNAL_SERVICE("UAEX", "UnauthorizedExternalService"),
  /** The rate limit service failed. */
  RATE_LIMIT_SERVICE_ERROR("RLSE", "RateLimitServiceError"),
  /** The downstream closed its connection. */
  DOWNSTREAM_CONNECTION_TERMINATION("DC", "DownstreamConnectionTermination"),
  /** All retries, or all connect attempts of a TCP proxy, were used up. */
  UPSTREAM_RETRY_LIMIT_EXCEEDED("URX", "UpstreamRetryLimitExceeded"),
  /** Nothing moved on the stream for too long. */
  STREAM_IDLE_TIMEOUT("SI", "StreamIdleTimeout"),
  /** A header named x-envoy-... had a bad value. */
  INVALID_ENVOY_REQUEST_HEADERS("IH", "InvalidEnvoyRequestHeaders"),
  /** The downstream broke the protocol. */
  DOWNSTREAM_PROTOCOL_ERROR("DPE", "DownstreamProtocolError"),
  /** The upstream stream lived for too long. */
  UPSTREAM_MAX_STREAM_DURATION_REACHED("UMSDR", "UpstreamMaxStreamDurationReached"),
  /** Answered by a cache. */
  RESPONSE_FROM_CACHE_FILTER("RFCF", "ResponseFromCacheFilter"),
  /** A filter's configuration did not arrive in time. */
  NO_FILTER_CONFIG_FOUND("NFCF", "NoFilterConfigFound"),
  /** The connection or stream lived for too long. */
  DURATION_TIMEOUT("DT", "DurationTimeout"),
  /** The upstream broke the protocol. */
  UPSTREAM_PROTOCOL_ERROR("UPE", "UpstreamProtocolError"),
  /** The route names a cluster that does not exist. */
  NO_CLUSTER_FOUND("NC", "NoClusterFound"),
  /** Ended by the overload manager. */
  OVERLOAD_MANAGER("OM", "OverloadManagerTerminated"),
  /** A host name could not be resolved. */
  DNS_RESOLUTION_FAILED("DF", "DnsResolutionFailed"),
  /** Dropped by the cluster's drop overload. */
  DROP_OVERLOAD("DO", "DropOverload"),
  /** The downstream reset the stream. */
  DOWNSTREAM_REMOTE_RESET("DR", "DownstreamRemoteReset"),
  /** Dropped because the cluster's drop overload is 100 %. */
  UNCONDITIONAL_DROP_OVERLOAD("UDO", "UnconditionalDropOverload");

  private static final ResponseFlag[] ALL = values();

  private final String text;
  private final String longText;

  ResponseFlag(String text, String longText) {
    this.text = text;
    this.longText = longText;
  }

  /** The short name, as {@code %RESPONSE_FLAGS%} prints it: {@code UH}. */
  public String text() {
    return text;
  }

  /** The long name, as {@code %RESPONSE_FLAGS_LONG%} prints it: {@code NoHealthyUpstream}. */
  public String longText() {
    return longText;
  }

  /** This flag's bit in a set of flags. */
  @SuppressWarnings("EnumOrdinal") // the bits never leave the process
  public long bit() {
    return 1L << ordinal();
  }

  /** Whether this flag is in the set {@code bits}. */
  public boolean in(long bits) {
    return (bits & bit()) != 0;
  }

  /** The flag with this short name, or null. */
  public static @Nullable ResponseFlag find(String text) {
    for (ResponseFlag flag : ALL) {
      if (flag.text.equals(text)) {
        return flag;
      }
    }
    return null;
  }

  /** The flag with the lowest bit in {@code bits}, which must not be 0. */
  static ResponseFlag lowest(long bits) {
    return ALL[Long.numberOfTrailingZeros(bits)];
  }

  /** The short names of the flags in {@code bits}, joined with {@code ,}; "" for none. */
  public static String text(long bits) {
    return join(bits, false);
  }

  /** The long names of the flags in {@code bits}, joined with {@code ,}; "" for none. */
  public static String longText(long bits) {
    return join(bits, true);
  }

  private static String join(long bits, boolean isLong) {
    if (bits == 0) {
      return "";
    }
    var joined = new StringBuilder();
    for (long rest = bits; rest != 0; rest &= rest - 1) {
      ResponseFlag flag = lowest(rest);
      joined.append(joined.isEmpty() ? "" : ",").append(isLong ? flag.longText : flag.text);
    }
    return joined.toString();
  }
}
