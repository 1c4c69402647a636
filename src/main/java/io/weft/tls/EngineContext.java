package io.weft.tls;

import java.nio.ByteBuffer;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A configured engine factory. Engines are made on any carrier, and each is given back with {@link
 * #release}; {@link #close} ends the factory, not the engines that were made.
 */
interface EngineContext extends AutoCloseable {
  /** One for a connection that was accepted. */
  SSLEngine server();

  /**
   * One for a connection that was made.
   *
   * @param serverName what SNI asks for, empty for none
   * @param peer where the connection goes, for the sessions that are kept
   */
  SSLEngine client(String serverName, String peer, int port);

  /** Other keys for a server's tickets: the first encrypts, all decrypt. */
  void ticketKeys(List<byte[]> keys);

  /** Decrypts one record. */
  SSLEngineResult unwrap(SSLEngine engine, ByteBuffer from, ByteBuffer into) throws SSLException;

  /** Encrypts to one record, or writes a message of the handshake. */
  SSLEngineResult wrap(SSLEngine engine, ByteBuffer from, ByteBuffer into) throws SSLException;

  /** The cipher suite by its OpenSSL name. */
  String cipher(SSLEngine engine);

  /** The group of the key exchange, empty if it is not known. */
  String group(SSLEngine engine);

  boolean resumed(SSLEngine engine, long handshakeStartMillis);

  void release(SSLEngine engine);

  @Override
  void close();

  /** Makes contexts. */
  interface Factory {
    /** Its name in messages. */
    String name();

    /**
     * A server's side.
     *
     * @throws TlsConfigException if the parameters cannot be had
     */
    EngineContext server(
        TlsParameters parameters,
        Identity identity,
        @Nullable PeerVerifier verifier,
        boolean certificateRequired,
        Sessions sessions)
        throws TlsConfigException;

    /** A client's side; {@code verifier} takes everything where nothing is to be checked. */
    EngineContext client(
        TlsParameters parameters,
        @Nullable Identity identity,
        PeerVerifier verifier,
        boolean keepSessions)
        throws TlsConfigException;
  }

  /**
   * How a server lets sessions be resumed.
   *
   * @param tickets whether the client keeps them
   * @param cache whether the server keeps them
   * @param ticketKeys 80 bytes each, the first one encrypts
   * @param ticketKeysGiven whether they are of the configuration
   * @param timeoutSeconds how long one lasts
   * @param contextId what has to be the same for a session to be resumed: it stands for what the
   *     certificate of the client was checked against
   */
  record Sessions(
      boolean tickets,
      boolean cache,
      List<byte[]> ticketKeys,
      boolean ticketKeysGiven,
      int timeoutSeconds,
      String contextId) {}
}
