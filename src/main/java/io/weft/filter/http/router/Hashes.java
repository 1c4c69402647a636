package io.weft.filter.http.router;

import io.weft.cluster.lb.XxHash64;
import io.weft.format.Facts;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.route.HashPolicy;
import io.weft.route.QueryMatch;
import io.weft.upstream.HostChoice;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request's hash policies make of it (Envoy: HashPolicyImpl), and the cookies that it is to
 * get. Per stream.
 */
public final class Hashes {
  private final Request request;
  private final Facts stream;
  private final List<String> cookies = new ArrayList<>();

  /**
   * The hashes of a request.
   *
   * @param stream whose addresses count
   */
  public Hashes(Request request, Facts stream) {
    this.request = request;
    this.stream = stream;
  }

  /** The choice that the policies come to; any endpoint if none of them finds what it looks at. */
  public HostChoice choice(List<HashPolicy> policies) {
    boolean found = false;
    long hash = 0;
    for (HashPolicy policy : policies) {
      Long next = hash(policy);
      if (next != null) {
        hash = found ? Long.rotateLeft(hash, 1) ^ next : next;
        found = true;
      }
      if (found && policy.terminal()) {
        break;
      }
    }
    return found ? new HostChoice.Hashed(hash) : HostChoice.ANY;
  }

  private @Nullable Long hash(HashPolicy policy) {
    return switch (policy) {
      case HashPolicy.Header header -> header(header);
      case HashPolicy.Cookie cookie -> cookie(cookie);
      case HashPolicy.SourceIp ip -> {
        String address = stream.downstreamRemoteAddress();
        yield address == null ? null : XxHash64.of(withoutPort(address));
      }
      case HashPolicy.FilterState state -> {
        Object value = stream.filterState(state.key());
        yield value == null ? null : XxHash64.of(value.toString());
      }
      case HashPolicy.QueryParameter query -> {
        String value = QueryMatch.find(request.path(), query.name());
        yield value == null ? null : XxHash64.of(value);
      }
    };
  }

  private @Nullable Long header(HashPolicy.Header policy) {
    List<String> values = new ArrayList<>(request.headers().all(policy.name()));
    if (values.isEmpty()) {
      return null;
    }
    Collections.sort(values);
    long hash = 0;
    for (String value : values) {
      String text = policy.rewrite() == null ? value : policy.rewrite().replaceAll(value);
      hash = XxHash64.of(text.getBytes(StandardCharsets.ISO_8859_1), hash);
    }
    return hash;
  }

  private @Nullable Long cookie(HashPolicy.Cookie policy) {
    String value = cookie(request.headers(), policy.name());
    Duration ttl = policy.ttl();
    if (value == null && ttl != null) {
      // the same for all streams of a connection, which may come at once
      String ends = stream.downstreamDirectRemoteAddress() + "" + stream.downstreamLocalAddress();
      value = HexFormat.of().toHexDigits(XxHash64.of(ends));
      String age = ttl.isZero() ? "" : "; Max-Age=" + ttl.toSeconds();
      String path = policy.path().isEmpty() ? "" : "; Path=" + policy.path();
      cookies.add(
          policy.name() + "=\"" + value + "\"" + age + path + policy.attributes() + "; HttpOnly");
    }
    return value == null ? null : XxHash64.of(value);
  }

  private static @Nullable String cookie(Headers headers, String name) {
    for (String all : headers.all(HeaderName.COOKIE)) {
      for (int from = 0; from < all.length(); ) {
        int end = all.indexOf(';', from);
        int until = end < 0 ? all.length() : end;
        String pair = all.substring(from, until).strip();
        if (pair.startsWith(name) && pair.startsWith("=", name.length())) {
          String value = pair.substring(name.length() + 1);
          boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
          return quoted ? value.substring(1, value.length() - 1) : value;
        }
        from = until + 1;
      }
    }
    return null;
  }

  private static String withoutPort(String address) {
    int colon = address.lastIndexOf(':');
    String host = colon < 0 ? address : address.substring(0, colon);
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** Gives the client the cookies that were made for it. */
  void addTo(Headers response) {
    for (String cookie : cookies) {
      response.add(HeaderName.SET_COOKIE, cookie);
    }
  }
}
