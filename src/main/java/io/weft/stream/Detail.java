package io.weft.stream;

import io.weft.format.ResponseFlag;
import org.jspecify.annotations.Nullable;

/**
 * Why a stream ended as it did: the text of {@code %RESPONSE_CODE_DETAILS%} and the response flag
 * that goes with it (Envoy, "Response code details" and "Access logging: response flags").
 */
public enum Detail {
  VIA_UPSTREAM("via_upstream", null),
  DIRECT_RESPONSE("direct_response", null),
  INTERNAL_REDIRECT("internal_redirect", null),
  ROUTE_NOT_FOUND("route_not_found", ResponseFlag.NO_ROUTE_FOUND),
  MAINTENANCE_MODE("maintenance_mode", ResponseFlag.UPSTREAM_OVERFLOW),
  CLUSTER_NOT_FOUND("cluster_not_found", ResponseFlag.NO_CLUSTER_FOUND),
  NO_HEALTHY_UPSTREAM("no_healthy_upstream", ResponseFlag.NO_HEALTHY_UPSTREAM),
  UPSTREAM_PER_TRY_TIMEOUT("upstream_per_try_timeout", ResponseFlag.UPSTREAM_REQUEST_TIMEOUT),
  RESPONSE_TIMEOUT("response_timeout", ResponseFlag.UPSTREAM_REQUEST_TIMEOUT),
  STREAM_IDLE_TIMEOUT("stream_idle_timeout", ResponseFlag.STREAM_IDLE_TIMEOUT),
  REQUEST_OVERALL_TIMEOUT("request_overall_timeout", null),
  REQUEST_HEADER_TIMEOUT("request_header_timeout", null),
  MAX_DURATION_TIMEOUT("max_duration_timeout", ResponseFlag.DURATION_TIMEOUT),
  REQUEST_PAYLOAD_TOO_LARGE("request_payload_too_large", null),
  RESPONSE_PAYLOAD_TOO_LARGE("response_payload_too_large", null),
  LOW_VERSION("low_version", null),
  UPGRADE_FAILED("upgrade_failed", null),
  MISSING_PATH_REJECTED("missing_path_rejected", null),
  ABSOLUTE_PATH_REJECTED("absolute_path_rejected", null),
  PATH_NORMALIZATION_FAILED("path_normalization_failed", null),
  HEADERS_WITH_UNDERSCORES("http1.unexpected_underscore", null),
  FILTER_ERROR("filter_error", null),
  INTERNAL_ERROR("internal_error", null),
  OVERLOAD("overload", ResponseFlag.OVERLOAD_MANAGER),
  RATE_LIMITED("request_rate_limited", ResponseFlag.RATE_LIMITED),
  RATE_LIMIT_SERVICE_ERROR("rate_limiter_error", ResponseFlag.RATE_LIMIT_SERVICE_ERROR),
  DNS_CACHE_OVERFLOW("dns_cache_overflow", null),
  DNS_PENDING_OVERFLOW("dynamic_forward_proxy_pending_request_overflow", null),
  EMPTY_HOST_HEADER("empty_host_header", null),
  REQUEST_HEADERS_FAILED_STRICT_CHECK(
      "request_headers_failed_strict_check", ResponseFlag.INVALID_ENVOY_REQUEST_HEADERS),
  HEALTH_CHECK("health_check", null),
  FILTER_REPLY("filter_reply", null);

  private final String text;
  private final @Nullable ResponseFlag flag;

  Detail(String text, @Nullable ResponseFlag flag) {
    this.text = text;
    this.flag = flag;
  }

  /** The text in snake_case. */
  public String text() {
    return text;
  }

  /** The flag that is raised with it, or null. */
  public @Nullable ResponseFlag flag() {
    return flag;
  }
}
