package io.weft.route;

import io.weft.http.HeaderName;
import io.weft.http.Request;
import io.weft.net.Security;
import io.weft.runtime.RuntimeValue;
import io.weft.stream.RoutingFacts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a route asks of a request besides its path; all of it must hold. Immutable and shared.
 *
 * @param headers of the request
 * @param query parameters of its path
 * @param grpc whether the request must be one of gRPC, by its content type
 * @param share of the requests that may take the route, null for all
 * @param tls what it asks of the client's certificate, null for nothing
 * @param metadata of the stream
 * @param state that filters have set
 */
public record Conditions(
    List<HeaderMatch> headers,
    List<QueryMatch> query,
    boolean grpc,
    @Nullable Share share,
    @Nullable ClientCertificate tls,
    List<MetadataMatch> metadata,
    List<FilterStateMatch> state) {
  /** No condition. */
  public static final Conditions NONE = new Conditions(List.of(), List.of(), false, null);

  private static final String GRPC = "application/grpc";

  /**
   * A share of the requests.
   *
   * @param runtimeKey of the runtime value that overrides it; may be empty
   */
  public record Share(String runtimeKey, RuntimeValue.Percent percent) {}

  /**
   * What a route asks of the client's certificate; null is not asked.
   *
   * @param presented whether there must be one, or must be none
   * @param validated whether it must have been found good, or must not
   */
  public record ClientCertificate(@Nullable Boolean presented, @Nullable Boolean validated) {
    /** Whether it holds; a client in clear text has none. */
    boolean matches(@Nullable Security security) {
      boolean has = security != null && !security.peerCertificates().isEmpty();
      boolean good = security != null && security.peerVerified();
      return (presented == null || presented == has) && (validated == null || validated == good);
    }
  }

  /** Conditions on the request and its lot alone. */
  public Conditions(
      List<HeaderMatch> headers, List<QueryMatch> query, boolean grpc, @Nullable Share share) {
    this(headers, query, grpc, share, null, List.of(), List.of());
  }

  public Conditions {
    metadata = List.copyOf(metadata);
    state = List.copyOf(state);
    headers = List.copyOf(headers);
    query = List.copyOf(query);
  }

  /** Whether every request fulfils them. */
  public boolean isEmpty() {
    return headers.isEmpty()
        && query.isEmpty()
        && !grpc
        && share == null
        && tls == null
        && metadata.isEmpty()
        && state.isEmpty();
  }

  /** Whether the request fulfils all of them. */
  boolean match(Request request, RoutingFacts facts, AskedHeader asked) {
    Share of = share;
    if (of != null && !facts.enabled(of.runtimeKey, of.percent)) {
      return false;
    }
    if (grpc && !isGrpc(request)) {
      return false;
    }
    for (int i = 0; i < headers.size(); i++) {
      if (!headers.get(i).matches(request, asked)) {
        return false;
      }
    }
    for (int i = 0; i < query.size(); i++) {
      if (!query.get(i).matches(request.path())) {
        return false;
      }
    }
    if (tls != null && !tls.matches(facts.downstreamSecurity())) {
      return false;
    }
    for (int i = 0; i < metadata.size(); i++) {
      if (!metadata.get(i).matches(facts)) {
        return false;
      }
    }
    for (int i = 0; i < state.size(); i++) {
      if (!state.get(i).matches(facts)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the content type is {@code application/grpc}, or that with something behind a plus. */
  static boolean isGrpc(Request request) {
    String type = request.headers().first(HeaderName.CONTENT_TYPE);
    return type != null
        && type.startsWith(GRPC)
        && (type.length() == GRPC.length() || type.charAt(GRPC.length()) == '+');
  }
}
