package io.weft.tls;

import java.util.ArrayList;
import java.util.List;

/**
 * A server's side as configured (Envoy: DownstreamTlsContext).
 *
 * @param identities at least one
 * @param serverNameRequired whether a client that names no server is refused
 */
record ServerTlsConfig(
    TlsParameters parameters,
    List<IdentitySource> identities,
    VerificationSource verification,
    boolean certificateRequired,
    boolean serverNameRequired,
    Resumption resumption) {
  /** Envoy's: a name of 16 bytes, 32 to authenticate and 32 to encrypt. */
  static final int TICKET_KEY_BYTES = 80;

  /** How sessions are resumed; {@code ticketKeys} is empty for keys of the engine's own. */
  record Resumption(
      boolean tickets, boolean cache, List<DataSource> ticketKeys, int timeoutSeconds) {
    static final int DEFAULT_TIMEOUT_SECONDS = 7200;

    Resumption {
      ticketKeys = List.copyOf(ticketKeys);
    }
  }

  ServerTlsConfig {
    identities = List.copyOf(identities);
  }

  /** Everything that may change on disk. */
  List<DataSource> sources() {
    List<DataSource> all = new ArrayList<>();
    identities.forEach(each -> all.addAll(each.sources()));
    all.addAll(verification.sources());
    all.addAll(resumption.ticketKeys());
    return all;
  }
}
