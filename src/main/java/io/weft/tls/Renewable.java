package io.weft.tls;

import java.io.IOException;
import java.util.List;

/** What was made of files that may change. */
interface Renewable extends AutoCloseable {
  /** Where the bytes come from. */
  List<DataSource> sources();

  /**
   * Reads the files again and takes over what they say; what was there stays if they cannot be
   * used. Returns what frees the old: to be run when no handshake can have it in hand any more.
   */
  Runnable renew() throws IOException, TlsConfigException;

  /** Lets secrets that were made here go, one after the other; called every few hours. */
  default void rotate() {}

  /** What is in force. */
  List<CertificateFacts> certificates();

  @Override
  void close();
}
