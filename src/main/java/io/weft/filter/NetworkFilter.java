package io.weft.filter;

import java.io.IOException;

/**
 * One step around a downstream connection. A filter reads, writes or watches bytes by wrapping the
 * connection's source and sink; the connection has been made when it is called, and has ended when
 * {@code proceed} returns.
 *
 * <p>Built once from configuration and shared by all connections. Runs on the connection's virtual
 * thread.
 */
@FunctionalInterface
public interface NetworkFilter {
  /** Filters one connection; returns when it is over. Not calling {@code next} closes it. */
  void filter(Connection downstream, Next next) throws IOException;

  /** The rest of the chain, down to the terminal filter, which serves the connection. */
  @FunctionalInterface
  interface Next {
    /** Serves the connection and blocks until it is over. */
    void proceed(Connection downstream) throws IOException;
  }
}
