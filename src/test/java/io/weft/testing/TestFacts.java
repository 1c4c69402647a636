package io.weft.testing;

import io.weft.format.Facts;
import io.weft.format.ResponseFlag;
import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Protocol;
import io.weft.http.Request;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Facts that a test sets one by one; everything else is absent. */
public class TestFacts implements Facts {
  public @Nullable Request request;
  public @Nullable Headers responseHeaders;
  public @Nullable Headers responseTrailers;
  public int responseCode;
  public @Nullable String responseCodeDetails;
  public long responseFlags;
  public long bytesReceived;
  public long bytesSent;
  public long startTimeMillis = 1_700_000_000_123L; // 2023-11-14T22:13:20.123Z
  public long startNanos = 1_000_000_000L;
  public long requestReceivedNanos = -1;
  public long upstreamFirstByteNanos = -1;
  public long responseLastByteSentNanos = -1;
  public long endNanos = -1;
  public @Nullable String upstreamHost;
  public @Nullable String upstreamCluster;
  public @Nullable String downstreamRemoteAddress;
  public @Nullable String routeName;
  public @Nullable String localReplyBody;
  public Map<String, Object> metadata = Map.of();
  public Map<String, Object> state = Map.of();
  public boolean isHealthCheck;

  /** A GET request whose headers are these names and values in turn. */
  public static TestFacts get(String path, String... headers) {
    var facts = new TestFacts();
    facts.request = Request.of("GET", "www.example.com", path, Headers.of(headers), Body.EMPTY);
    return facts;
  }

  /** What a proxied request leaves behind. */
  public static TestFacts proxied() {
    var facts =
        get(
            "/products/1?color=red",
            "host",
            "www.example.com",
            "user-agent",
            "curl/7.88.1",
            "x-request-id",
            "d3b07384-d113-4ec2-a5f6-1d2e3f4a5b6c",
            "x-forwarded-for",
            "10.0.0.7");
    facts.responseHeaders =
        Headers.of("content-type", "text/plain", "x-envoy-upstream-service-time", "3");
    facts.responseCode = 200;
    facts.responseCodeDetails = "via_upstream";
    facts.bytesReceived = 0;
    facts.bytesSent = 1024;
    facts.endNanos = facts.startNanos + 5_600_000;
    facts.upstreamHost = "127.0.0.1:8080";
    facts.upstreamCluster = "backend";
    facts.downstreamRemoteAddress = "10.0.0.7:4711";
    return facts;
  }

  public TestFacts status(int code, ResponseFlag... flags) {
    responseCode = code;
    for (ResponseFlag flag : flags) {
      responseFlags |= flag.bit();
    }
    return this;
  }

  @Override
  public @Nullable Request request() {
    return request;
  }

  @Override
  public @Nullable Headers responseHeaders() {
    return responseHeaders;
  }

  @Override
  public @Nullable Headers responseTrailers() {
    return responseTrailers;
  }

  @Override
  public @Nullable Protocol protocol() {
    return request == null ? null : request.protocol();
  }

  @Override
  public int responseCode() {
    return responseCode;
  }

  @Override
  public @Nullable String responseCodeDetails() {
    return responseCodeDetails;
  }

  @Override
  public long responseFlags() {
    return responseFlags;
  }

  @Override
  public long bytesReceived() {
    return bytesReceived;
  }

  @Override
  public long bytesSent() {
    return bytesSent;
  }

  @Override
  public long startTimeMillis() {
    return startTimeMillis;
  }

  @Override
  public long startNanos() {
    return startNanos;
  }

  @Override
  public long requestReceivedNanos() {
    return requestReceivedNanos;
  }

  @Override
  public long upstreamFirstByteNanos() {
    return upstreamFirstByteNanos;
  }

  @Override
  public long responseLastByteSentNanos() {
    return responseLastByteSentNanos;
  }

  @Override
  public long endNanos() {
    return endNanos;
  }

  @Override
  public @Nullable String upstreamHost() {
    return upstreamHost;
  }

  @Override
  public @Nullable String upstreamCluster() {
    return upstreamCluster;
  }

  @Override
  public @Nullable String downstreamRemoteAddress() {
    return downstreamRemoteAddress;
  }

  @Override
  public @Nullable String routeName() {
    return routeName;
  }

  @Override
  public @Nullable String localReplyBody() {
    return localReplyBody;
  }

  @Override
  public Map<String, Object> dynamicMetadata(String namespace) {
    Object values = metadata.get(namespace);
    if (!(values instanceof Map<?, ?> map)) {
      return Map.of();
    }
    var copy = new java.util.LinkedHashMap<String, Object>();
    map.forEach((key, value) -> copy.put(String.valueOf(key), value));
    return copy;
  }

  @Override
  public @Nullable Object filterState(String key) {
    return state.get(key);
  }

  @Override
  public boolean isHealthCheck() {
    return isHealthCheck;
  }
}
