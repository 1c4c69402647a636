package io.weft.tls;

import io.weft.net.Channel;
import io.weft.net.NetAddress;
import io.weft.stats.Scope;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The client's side of a cluster's TLS. Shared by all carriers. */
public final class ClientTls implements Renewable {
  private final ClientTlsConfig config;
  private final EngineContext.Factory factory;
  private final SslStats stats;
  private volatile Snapshot current;

  private record Snapshot(
      @Nullable Identity identity, PeerVerifier verifier, EngineContext context) {}

  /** Reads the files. */
  ClientTls(ClientTlsConfig config, EngineContext.Factory factory, Scope scope)
      throws IOException, TlsConfigException {
    this.config = config;
    this.factory = factory;
    stats = new SslStats(scope);
    current = load();
  }

  private Snapshot load() throws IOException, TlsConfigException {
    IdentitySource source = config.identity();
    Identity identity = source == null ? null : source.load();
    var verifier = new PeerVerifier(config.verification().load());
    return new Snapshot(
        identity,
        verifier,
        factory.client(config.parameters(), identity, verifier, config.keepSessions()));
  }

  /**
   * What a connection to an endpoint asks for, where nothing of the request says otherwise.
   *
   * @param hostname of the endpoint, empty if it has none
   */
  public String serverName(String hostname) {
    return config.hostAsServerName() && !hostname.isEmpty() ? hostname : config.serverName();
  }

  /** Whether the certificate has to be for what SNI asks for. */
  public boolean nameIsChecked() {
    return config.nameIsChecked();
  }

  /**
   * Does the handshake on a connection that was made; blocks until it is done. The channel is
   * secured from then on. If this fails, the caller closes it.
   *
   * @param serverName what SNI asks for, empty for nothing
   * @param checkedName what the certificate has to be for, empty for what the configuration says
   * @throws TlsException if the server cannot be agreed with
   * @throws io.weft.net.NetTimeoutException if the deadline passes
   */
  public void connect(
      Channel channel, NetAddress to, String serverName, String checkedName, long deadlineNanos)
      throws IOException {
    try {
      Snapshot snapshot = current;
      Identity identity = snapshot.identity();
      String peer = to instanceof NetAddress.Ip ip ? ip.host() : "unix";
      int port = to instanceof NetAddress.Ip ip ? ip.port() : 0;
      var layer =
          new TlsLayer(
              channel,
              null,
              snapshot.context(),
              snapshot.context().client(serverName, peer, port),
              false,
              snapshot.verifier(),
              identity == null ? null : identity.certificate(),
              serverName);
      layer.handshake(deadlineNanos);
      checkName(layer, checkedName);
      stats.established(layer);
    } catch (TlsException e) {
      stats.failed(e);
      throw e;
    } catch (IOException e) {
      stats.connectionError.inc();
      throw e;
    }
  }

  /** After the handshake: an engine does not ask again when it resumes a session. */
  private static void checkName(TlsLayer layer, String name) throws TlsException {
    if (name.isEmpty()) {
      return;
    }
    List<X509Certificate> chain = layer.peerCertificates();
    try {
      if (chain.isEmpty()) {
        throw new VerifyFailure(VerifyFailure.Kind.NAME, "verify cert failed: no certificate");
      }
      PeerVerifier.checkHost(chain.getFirst(), name);
    } catch (VerifyFailure e) {
      throw TlsException.of(e);
    }
  }

  // renewal

  @Override
  public List<DataSource> sources() {
    return config.sources();
  }

  @Override
  public Runnable renew() throws IOException, TlsConfigException {
    Snapshot old = current;
    try {
      current = load();
    } catch (IOException | TlsConfigException e) {
      stats.contextUpdateFailure.inc();
      throw e;
    }
    stats.contextUpdate.inc();
    return () -> old.context().close();
  }

  @Override
  public List<CertificateFacts> certificates() {
    Snapshot snapshot = current;
    Identity identity = snapshot.identity();
    IdentitySource source = config.identity();
    return List.of(
        CertificateFacts.of(
            config.verification().trustedCa(),
            snapshot.verifier().verification().trusted(),
            source == null ? "" : source.where(),
            identity == null ? List.of() : identity.chain()));
  }

  @Override
  public void close() {
    current.context().close();
  }
}
