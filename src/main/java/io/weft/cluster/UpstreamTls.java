package io.weft.cluster;

import io.weft.tls.ClientTls;

/**
 * How connections to a cluster's endpoints are secured.
 *
 * @param autoServerName whether the host of the request is what SNI asks for (Envoy: auto_sni)
 * @param autoCheckedName whether the certificate has to be for the host of the request (Envoy:
 *     auto_san_validation)
 * @param nameHeader the header that names the host, empty for the request's authority
 */
public record UpstreamTls(
    ClientTls tls, boolean autoServerName, boolean autoCheckedName, String nameHeader) {
  /** Whether a connection made for one host does not do for another. */
  public boolean isPerName() {
    return autoServerName || autoCheckedName;
  }

  /**
   * What SNI asks for.
   *
   * @param requested the host of the request, empty if there is none
   * @param hostname of the endpoint, empty if it has none
   */
  public String serverName(String requested, String hostname) {
    return autoServerName && !requested.isEmpty() ? requested : tls.serverName(hostname);
  }

  /** What the certificate has to be for besides what is configured; empty for nothing. */
  public String checkedName(String requested, String serverName) {
    if (autoCheckedName && !requested.isEmpty()) {
      return requested;
    }
    return tls.nameIsChecked() ? serverName : "";
  }
}
