package io.weft.hcm;

import io.weft.carrier.CarrierLocal;
import io.weft.codec.ProtocolException;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Tokens;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cleans and completes the headers of a request before the first filter sees it (RFC 9110 7.6.1;
 * Envoy, "HTTP header sanitizing"). Shared; runs on the thread of the stream.
 */
final class RequestHeaders {
  private static final CarrierLocal<RequestIds> IDS =
      new CarrierLocal<>(carrier -> new RequestIds());
  private static final byte[] KEEP_ALIVE = "keep-alive".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CLOSE = "close".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);

  /** What requests from outside may not bring (Envoy: cleanInternalHeaders). */
  private static final HeaderName.Group OF_INTERNAL =
      HeaderName.Group.of(
          HeaderName.X_ENVOY_RETRIABLE_STATUS_CODES,
          HeaderName.X_ENVOY_RETRIABLE_HEADER_NAMES,
          HeaderName.X_ENVOY_RETRY_ON,
          HeaderName.X_ENVOY_RETRY_GRPC_ON,
          HeaderName.X_ENVOY_MAX_RETRIES,
          HeaderName.X_ENVOY_UPSTREAM_ALT_STAT_NAME,
          HeaderName.X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS,
          HeaderName.X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS,
          HeaderName.X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE,
          HeaderName.X_ENVOY_EXPECTED_RQ_TIMEOUT_MS,
          HeaderName.X_ENVOY_FORCE_TRACE,
          HeaderName.X_ENVOY_IP_TAGS,
          HeaderName.X_ENVOY_ORIGINAL_URL,
          HeaderName.X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT);

  /** What they may not bring besides where this is the first proxy. */
  private static final HeaderName.Group OF_EDGE =
      HeaderName.Group.of(
          HeaderName.X_ENVOY_DECORATOR_OPERATION,
          HeaderName.X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER,
          HeaderName.X_ENVOY_DOWNSTREAM_SERVICE_NODE,
          HeaderName.X_ENVOY_ORIGINAL_PATH,
          HeaderName.X_ENVOY_ORIGINAL_HOST);

  /** What belongs to the connection that the request came on, or comes from here alone. */
  private static final HeaderName.Group OF_CONNECTION =
      HeaderName.Group.of(
          HeaderName.UPGRADE,
          HeaderName.HTTP2_SETTINGS,
          HeaderName.KEEP_ALIVE,
          HeaderName.PROXY_CONNECTION,
          HeaderName.X_ENVOY_INTERNAL);

  private static final byte[] TRAILERS = "trailers".getBytes(StandardCharsets.US_ASCII);

  /** Names that {@code connection} may list and that are kept all the same (security bar F17). */
  private static final Set<String> PROTECTED =
      Set.of(
          "host",
          "authorization",
          "proxy-authorization",
          "content-length",
          "content-type",
          "content-encoding",
          "cookie",
          "transfer-encoding",
          "x-forwarded-for",
          "x-forwarded-proto",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-forwarded-client-cert",
          "x-request-id",
          "x-envoy-internal",
          "x-envoy-external-address",
          "forwarded",
          "via",
          "te",
          "trailer");

  private final HeaderPolicy policy;
  private final HcmStats stats;

  RequestHeaders(HeaderPolicy policy, HcmStats stats) {
    this.policy = policy;
    this.stats = stats;
    if (policy.generateRequestId()) {
      RequestIds.prepare();
    }
  }

  /**
   * Refuses or drops what the policy does not let in, and takes out what belongs to the connection.
   *
   * @throws ProtocolException with the status of the answer
   */
  void clean(Request request) throws ProtocolException {
    Headers headers = request.headers();
    if (headers.hasUnderscore()) {
      underscores(headers);
    }
    String upgrade = request.upgrade();
    if (headers.contains(HeaderName.CONNECTION)) {
      connection(headers);
    }
    headers.removeAny(OF_CONNECTION);
    if (upgrade != null && !request.method().equals("CONNECT")) {
      offer(headers, upgrade);
    }
    te(headers);
    Referer.clean(headers);
    if (!policy.proxyContinue()) {
      headers.remove(HeaderName.EXPECT);
    }
  }

  private void underscores(Headers headers) throws ProtocolException {
    switch (policy.underscores()) {
      case ALLOW -> {}
      case REJECT_REQUEST -> {
        stats.underscoresRejected.inc();
        throw new ProtocolException(
            400, "http1.unexpected_underscore", "a header name with an underscore");
      }
      case DROP_HEADER -> {
        for (int i = headers.size() - 1; i >= 0; i--) {
          if (headers.name(i).indexOf('_') >= 0) {
            headers.removeAt(i);
            stats.underscoresDropped.inc();
          }
        }
      }
    }
  }

  /** Takes out {@code connection} and, but for those that are protected, the fields it lists. */
  static void connection(Headers headers) {
    int first = headers.find(HeaderName.CONNECTION, 0);
    if (headers.find(HeaderName.CONNECTION, first + 1) < 0
        && (headers.firstEquals(HeaderName.CONNECTION, KEEP_ALIVE)
            || headers.firstEquals(HeaderName.CONNECTION, CLOSE))) {
      headers.removeAt(first);
      return;
    }
    for (String value : headers.all(HeaderName.CONNECTION)) {
      for (int from = 0; from <= value.length(); ) {
        int comma = value.indexOf(',', from);
        int until = comma < 0 ? value.length() : comma;
        String name = value.substring(from, until).strip().toLowerCase(Locale.ROOT);
        if (Tokens.isToken(name) && !PROTECTED.contains(name)) {
          headers.remove(name);
        }
        from = until + 1;
      }
    }
    headers.remove(HeaderName.CONNECTION);
  }

  /** RFC 9110 7.8: an upgrade is for one connection only; this one is passed on, or made. */
  static void offer(Headers headers, String upgrade) {
    headers.add("Connection", "Upgrade").add("Upgrade", upgrade);
  }

  private static void te(Headers headers) {
    int te = headers.find(HeaderName.TE, 0);
    if (te < 0) {
      return;
    }
    boolean trailers = false;
    for (String value : headers.all(HeaderName.TE)) {
      trailers |= value.toLowerCase(Locale.ROOT).contains("trailers");
    }
    headers.remove(HeaderName.TE);
    if (trailers) {
      headers.addAscii(HeaderName.TE, TRAILERS);
    }
  }

  /**
   * Says where the request comes from, and names it.
   *
   * @param peer address of the peer without port, null if it has none (a Unix socket)
   * @return the address of the client as far as it can be trusted, null if it is the peer's
   */
  @Nullable String complete(Request request, @Nullable Peer peer) {
    Headers headers = request.headers();
    boolean forwarded = headers.contains(HeaderName.X_FORWARDED_FOR);
    boolean single = !policy.internal().isEmpty() && isSingle(headers);
    String client = policy.useRemoteAddress() ? fromPeer(headers, peer) : fromHeader(headers);
    String trusted = client == null && peer != null ? peer.ip() : client;
    boolean direct = policy.useRemoteAddress() ? !forwarded : single;
    boolean internal = trusted == null ? policy.internalSockets() : policy.isInternal(trusted);
    if (direct && internal) {
      headers.addAscii(HeaderName.X_ENVOY_INTERNAL, TRUE);
    } else {
      external(headers, peer, client);
    }
    forwardedProto(headers, request.scheme());
    requestId(headers);
    String agent = policy.userAgent();
    if (agent != null) {
      userAgent(headers, agent);
    }
    if (!policy.via().isEmpty()) {
      appendTo(headers, HeaderName.VIA, policy.via());
    }
    return client;
  }

  private static boolean isSingle(Headers headers) {
    int first = headers.find(HeaderName.X_FORWARDED_FOR, 0);
    return first >= 0
        && headers.find(HeaderName.X_FORWARDED_FOR, first + 1) < 0
        && headers.value(first).indexOf(',') < 0;
  }

  /** Takes out what only one's own may say, and at the edge says who it is. */
  private void external(Headers headers, @Nullable Peer peer, @Nullable String client) {
    headers.removeAny(OF_INTERNAL);
    if (policy.useRemoteAddress()) {
      headers.removeAny(OF_EDGE);
      if (client != null) {
        headers.set(HeaderName.X_ENVOY_EXTERNAL_ADDRESS, client);
      } else if (peer != null) {
        headers
            .remove(HeaderName.X_ENVOY_EXTERNAL_ADDRESS)
            .addAscii(HeaderName.X_ENVOY_EXTERNAL_ADDRESS, peer.ipBytes());
      }
    }
  }

  /** The request as the configured scheme has it. */
  Request withScheme(Request request) {
    return policy.scheme().isEmpty() ? request : request.withScheme(policy.scheme());
  }

  private void userAgent(Headers headers, String agent) {
    headers.set(HeaderName.X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER, agent);
    if (!headers.contains(HeaderName.USER_AGENT)) {
      headers.add(HeaderName.USER_AGENT, agent);
    }
    if (!policy.serviceNode().isEmpty()) {
      headers.set(HeaderName.X_ENVOY_DOWNSTREAM_SERVICE_NODE, policy.serviceNode());
    }
  }

  /** What the connection says of its peer, as bytes that go straight into headers. */
  static final class Peer {
    private final String ip;
    private final String shown;
    private final byte[] ipBytes;
    private final byte[] shownBytes;

    /** A peer at this address, shown as an IPv6 one if it {@code maps} and is none. */
    Peer(String ip, boolean maps) {
      this.ip = ip;
      shown = maps && ip.indexOf(':') < 0 ? "::ffff:" + ip : ip;
      ipBytes = ip.getBytes(StandardCharsets.US_ASCII);
      shownBytes = shown.equals(ip) ? ipBytes : shown.getBytes(StandardCharsets.US_ASCII);
    }

    String shown() {
      return shown;
    }

    String ip() {
      return ip;
    }

    byte[] ipBytes() {
      return ipBytes;
    }

    byte[] shownBytes() {
      return shownBytes;
    }
  }

  private @Nullable String fromPeer(Headers headers, @Nullable Peer peer) {
    @Nullable String trusted = null;
    if (policy.trustedHops() > 0) {
      trusted = fromRight(headers, policy.trustedHops());
    }
    if (peer != null && !policy.skipXffAppend()) {
      int field = headers.find(HeaderName.X_FORWARDED_FOR, 0);
      if (field < 0) {
        headers.addAscii(HeaderName.X_FORWARDED_FOR, peer.shownBytes());
      } else {
        appendTo(headers, HeaderName.X_FORWARDED_FOR, peer.shown());
      }
    }
    return trusted;
  }

  private @Nullable String fromHeader(Headers headers) {
    return headers.contains(HeaderName.X_FORWARDED_FOR)
        ? fromRight(headers, policy.trustedHops() + 1)
        : null;
  }

  /** The entry at {@code place} from the right, from 1; null if there are fewer, or it is no IP. */
  private static @Nullable String fromRight(Headers headers, int place) {
    String all = String.join(",", headers.all(HeaderName.X_FORWARDED_FOR));
    int until = all.length();
    for (int i = 1; ; i++) {
      int comma = all.lastIndexOf(',', until - 1);
      if (i == place) {
        String entry = all.substring(comma + 1, until).strip();
        return isIp(entry) ? entry : null;
      }
      if (comma <= 0) {
        return null;
      }
      until = comma;
    }
  }

  private static boolean isIp(String text) {
    if (text.isEmpty()) {
      return false;
    }
    boolean digits = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.digit(c, 16) >= 0) {
        digits = true;
      } else if (c != '.' && c != ':') {
        return false;
      }
    }
    return digits && (text.indexOf('.') > 0 || text.indexOf(':') >= 0);
  }

  private void forwardedProto(Headers headers, String scheme) {
    boolean edge = policy.useRemoteAddress() && policy.trustedHops() == 0;
    boolean replaced = edge || !policy.scheme().isEmpty();
    if (replaced && headers.contains(HeaderName.X_FORWARDED_PROTO)) {
      headers.remove(HeaderName.X_FORWARDED_PROTO);
    }
    if (!headers.contains(HeaderName.X_FORWARDED_PROTO)) {
      headers.addAscii(HeaderName.X_FORWARDED_PROTO, scheme.length() == 5 ? HTTPS : HTTP);
    }
  }

  private static final byte[] HTTP = {'h', 't', 't', 'p'};
  private static final byte[] HTTPS = {'h', 't', 't', 'p', 's'};

  private void requestId(Headers headers) {
    if (!policy.generateRequestId()) {
      return;
    }
    boolean has = headers.contains(HeaderName.X_REQUEST_ID);
    boolean edge = policy.useRemoteAddress() && !headers.contains(HeaderName.X_ENVOY_INTERNAL);
    if (has && (!edge || policy.preserveRequestId())) {
      return;
    }
    if (has) {
      headers.remove(HeaderName.X_REQUEST_ID);
    }
    headers.addAscii(HeaderName.X_REQUEST_ID, IDS.get().next());
  }

  static void appendTo(Headers headers, HeaderName name, String value) {
    int field = headers.find(name, 0);
    if (field < 0) {
      headers.add(name, value);
    } else {
      headers.set(name, String.join(", ", headers.all(name)) + ", " + value);
    }
  }
}
