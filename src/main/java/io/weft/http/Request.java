package io.weft.http;

import org.jspecify.annotations.Nullable;

/**
 * A request on its way from a client to an upstream host. Belongs to one stream and its thread. Of
 * its parts only {@link #headers()} can be changed in place; {@code with} methods give a request
 * that shares them.
 */
public final class Request {
  private final String method;
  private final String scheme;
  private final @Nullable String authority;
  private final String path;
  private final Protocol protocol;
  private final Headers headers;
  private final Body body;

  private Request(
      String method,
      String scheme,
      @Nullable String authority,
      String path,
      Protocol protocol,
      Headers headers,
      Body body) {
    this.method = method;
    this.scheme = scheme;
    this.authority = authority;
    this.path = path;
    this.protocol = protocol;
    this.headers = headers;
    this.body = body;
  }

  /**
   * A request.
   *
   * @param authority null if it is what the {@code host} header says
   */
  public static Request of(
      String method,
      String scheme,
      @Nullable String authority,
      String path,
      Protocol protocol,
      Headers headers,
      Body body) {
    return new Request(method, scheme, authority, path, protocol, headers, body);
  }

  /** An HTTP/1.1 request over plain HTTP. */
  public static Request of(
      String method, String authority, String path, Headers headers, Body body) {
    return new Request(method, "http", authority, path, Protocol.HTTP_1_1, headers, body);
  }

  /** The method, as received: case matters (RFC 9110 9.1). */
  public String method() {
    return method;
  }

  /** {@code http} or {@code https}. */
  public String scheme() {
    return scheme;
  }

  /** Host and port as the client named them; empty if it named none (HTTP/1.0). */
  public String authority() {
    if (authority != null) {
      return authority;
    }
    String host = headers.first(HeaderName.HOST);
    return host == null ? "" : host;
  }

  /** Path and query, as they go upstream; {@code *} for a request to the server as a whole. */
  public String path() {
    return path;
  }

  /** The version of HTTP that the client speaks. */
  public Protocol protocol() {
    return protocol;
  }

  /** The header fields, {@code host} among them. */
  public Headers headers() {
    return headers;
  }

  /** The body, {@link Body#EMPTY} if there is none. */
  public Body body() {
    return body;
  }

  /** Whether a body comes: false only if it is known that not one byte will. */
  public boolean hasBody() {
    return !body.isEmpty();
  }

  /**
   * What the connection is asked to become: the value of {@code upgrade}, or {@code CONNECT} for a
   * request of that method; null for any other. An offer of {@code h2c} counts as none.
   *
   * <p>Whatever the protocol, an upgrade has this form; the body is what the client sends through
   * the tunnel once it has been accepted, and the body of the accepting response is what comes
   * back.
   */
  public @Nullable String upgrade() {
    if (method.equals("CONNECT")) {
      return method;
    }
    // RFC 9110 7.8: an upgrade header of HTTP/1.0 is ignored
    return protocol != Protocol.HTTP_1_0
            && headers.contains(HeaderName.UPGRADE)
            && headers.contains(HeaderName.CONNECTION)
        ? offered()
        : null;
  }

  private @Nullable String offered() {
    String offered = String.join(", ", headers.all(HeaderName.UPGRADE));
    if (offered.isEmpty() || offered.equalsIgnoreCase("h2c")) {
      return null;
    }
    for (String value : headers.all(HeaderName.CONNECTION)) {
      for (String token : value.split(",", -1)) {
        if (token.strip().equalsIgnoreCase("upgrade")) {
          return offered;
        }
      }
    }
    return null;
  }

  /** Whether a response of this status makes a tunnel of the exchange: 101, or 2xx to CONNECT. */
  public boolean isUpgradedBy(int status) {
    return method.equals("CONNECT") ? status / 100 == 2 : status == 101 && upgrade() != null;
  }

  /** The same request with another body; whoever changes its length sees to content-length. */
  public Request withBody(Body other) {
    return new Request(method, scheme, authority, path, protocol, headers, other);
  }

  /** The same request to another path. */
  public Request withPath(String other) {
    return new Request(method, scheme, authority, other, protocol, headers, body);
  }

  /** The same request with another method. */
  public Request withMethod(String other) {
    return new Request(other, scheme, authority, path, protocol, headers, body);
  }

  /** The same request for another authority, in {@code host} as well. */
  public Request withAuthority(String other) {
    headers.set(HeaderName.HOST, other);
    return new Request(method, scheme, other, path, protocol, headers, body);
  }

  /** The same request with another scheme. */
  public Request withScheme(String other) {
    return new Request(method, other, authority, path, protocol, headers, body);
  }

  /** A request with the same head, in headers of its own, and another body. */
  public Request copy(Body other) {
    return new Request(method, scheme, authority, path, protocol, headers.copy(), other);
  }

  @Override
  public String toString() {
    return method + " " + path;
  }
}
