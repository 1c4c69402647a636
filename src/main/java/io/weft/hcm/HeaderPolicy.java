package io.weft.hcm;

import io.weft.net.Cidr;
import io.weft.net.NetAddress;
import io.weft.route.PathNormalizer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a connection manager cleans and completes the headers that pass it (Envoy, "HTTP header
 * sanitizing" and "HTTP header manipulation").
 *
 * @param useRemoteAddress whether the peer of the connection is the client, and not what
 *     X-Forwarded-For says
 * @param trustedHops how many entries of X-Forwarded-For, from the right, trusted proxies made
 * @param skipXffAppend whether X-Forwarded-For is left as it came
 * @param appendForwardedPort whether x-forwarded-port is set
 * @param generateRequestId whether a request without an x-request-id gets one
 * @param preserveRequestId whether an edge request keeps the id it came with
 * @param requestIdInResponse whether the response carries the id
 * @param serverName the value of {@code server}
 * @param server what happens to {@code server}
 * @param via appended to {@code via} of requests and responses; empty for none
 * @param underscores what happens to names with an underscore
 * @param paths how paths are normalised
 * @param host what is left out of authorities; null for nothing
 * @param proxyContinue whether the upstream host decides on {@code Expect: 100-continue}
 * @param scheme of all requests; empty for the scheme each came with
 * @param mapsIpv4 whether the address of an IPv4 peer is shown as an IPv6 one, {@code ::ffff:...}
 * @param userAgent what requests without a {@code user-agent} get, and all as the name of the
 *     service they come from; null if nothing is added
 * @param serviceNode named beside it; empty for none
 * @param internal the addresses whose requests count as one's own
 * @param internalSockets whether requests that come by Unix sockets do, too
 * @param misdirectedRefused whether a request for another host than the TLS handshake named is
 *     answered with 421
 * @param clientCert what becomes of {@code x-forwarded-client-cert}
 */
public record HeaderPolicy(
    boolean useRemoteAddress,
    int trustedHops,
    boolean skipXffAppend,
    boolean appendForwardedPort,
    boolean generateRequestId,
    boolean preserveRequestId,
    boolean requestIdInResponse,
    String serverName,
    Server server,
    String via,
    Underscores underscores,
    PathNormalizer paths,
    @Nullable HostForm host,
    boolean proxyContinue,
    String scheme,
    boolean mapsIpv4,
    @Nullable String userAgent,
    String serviceNode,
    List<Cidr> internal,
    boolean internalSockets,
    boolean misdirectedRefused,
    ClientCertHeader clientCert) {
  public HeaderPolicy {
    internal = List.copyOf(internal);
  }

  /** Whether an address is one of one's own. */
  boolean isInternal(String ip) {
    if (internal.isEmpty()) {
      return false;
    }
    NetAddress.Ip address;
    try {
      address = NetAddress.Ip.of(ip, 0);
    } catch (IllegalArgumentException e) {
      return false;
    }
    for (Cidr range : internal) {
      if (range.contains(address)) {
        return true;
      }
    }
    return false;
  }

  /** What happens to the {@code server} header of a response. */
  public enum Server {
    OVERWRITE,
    APPEND_IF_ABSENT,
    PASS_THROUGH
  }

  /** What happens to header names with an underscore, which some servers take for a hyphen. */
  public enum Underscores {
    ALLOW,
    REJECT_REQUEST,
    DROP_HEADER
  }
}
