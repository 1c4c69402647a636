package io.weft.listener;

import io.weft.filter.NetworkFilter;
import io.weft.tls.ServerTls;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One filter chain of a listener.
 *
 * @param name empty if it has none
 * @param filters the chain, folded, with its terminal filter at the end
 * @param onlyTerminal whether the terminal filter is its only filter: then a connection may be
 *     without a thread while it is idle
 * @param tls what secures its connections, null for clear text
 * @param handshakeTimeout how long that may take, null for no limit
 */
public record FilterChainConfig(
    String name,
    FilterChainMatch match,
    NetworkFilter.Next filters,
    boolean onlyTerminal,
    @Nullable ServerTls tls,
    @Nullable Duration handshakeTimeout) {
  /** A chain in clear text. */
  public static FilterChainConfig plain(
      String name, FilterChainMatch match, NetworkFilter.Next filters, boolean onlyTerminal) {
    return new FilterChainConfig(name, match, filters, onlyTerminal, null, null);
  }
}
