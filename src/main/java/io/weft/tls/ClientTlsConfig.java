package io.weft.tls;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client's side as configured (Envoy: UpstreamTlsContext).
 *
 * @param identity what is shown to a server that asks, null for nothing
 * @param serverName what SNI asks for, empty for nothing
 * @param hostAsServerName whether the endpoint's host name, where it has one, is asked for instead
 * @param nameIsChecked whether the certificate has to be for what SNI asks for
 * @param keepSessions whether sessions are resumed
 */
record ClientTlsConfig(
    TlsParameters parameters,
    @Nullable IdentitySource identity,
    VerificationSource verification,
    String serverName,
    boolean hostAsServerName,
    boolean nameIsChecked,
    boolean keepSessions) {

  /** Everything that may change on disk. */
  List<DataSource> sources() {
    List<DataSource> all = new ArrayList<>(verification.sources());
    if (identity != null) {
      all.addAll(identity.sources());
    }
    return all;
  }
}
