package io.weft.tls;

import io.weft.carrier.CarrierLocal;
import io.weft.schema.Values;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** The JDK's engine, on arrays: on native memory its ciphers are slower by half. */
final class JdkEngines implements EngineContext.Factory {
  private static final int MAX_RECORD = 5 + 16384 + 2048;
  private static final Map<String, String> GROUPS =
      Map.of("X25519", "x25519", "P-256", "secp256r1", "P-384", "secp384r1", "P-521", "secp521r1");

  /** Where records are while an engine works on them: that is never interrupted. */
  private static final CarrierLocal<Scratch> SCRATCH = new CarrierLocal<>(_ -> new Scratch());

  private static final class Scratch {
    final ByteBuffer in = ByteBuffer.allocate(MAX_RECORD);
    final ByteBuffer out = ByteBuffer.allocate(2 * MAX_RECORD);
  }

  static {
    // read when the JDK's engine is loaded: a renegotiation is refused (security bar O6)
    System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
  }

  @Override
  public String name() {
    return "jdk";
  }

  @Override
  public EngineContext server(
      TlsParameters parameters,
      Identity identity,
      @Nullable PeerVerifier verifier,
      boolean certificateRequired,
      EngineContext.Sessions sessions)
      throws TlsConfigException {
    if (sessions.ticketKeysGiven()) {
      throw new TlsConfigException("session_ticket_keys cannot be set with the JDK's engine");
    }
    if (identity.ocspStaple().isSet()) {
      throw new TlsConfigException("ocsp_staple cannot be set with the JDK's engine");
    }
    if (!sessions.tickets() || !sessions.cache()) {
      throw new TlsConfigException("session resumption cannot be limited with the JDK's engine");
    }
    SSLContext context = context(identity, verifier);
    context.getServerSessionContext().setSessionTimeout(sessions.timeoutSeconds());
    SSLParameters settings = settings(context, parameters);
    if (verifier != null && certificateRequired) {
      settings.setNeedClientAuth(true);
    } else if (verifier != null) {
      settings.setWantClientAuth(true);
    }
    return new Context(context, settings);
  }

  @Override
  public EngineContext client(
      TlsParameters parameters,
      @Nullable Identity identity,
      PeerVerifier verifier,
      boolean keepSessions)
      throws TlsConfigException {
    SSLContext context = context(identity, verifier);
    if (!keepSessions) {
      context.getClientSessionContext().setSessionCacheSize(1);
      context.getClientSessionContext().setSessionTimeout(1);
    }
    return new Context(context, settings(context, parameters));
  }

  private static SSLContext context(@Nullable Identity identity, @Nullable PeerVerifier verifier)
      throws TlsConfigException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          identity == null ? new KeyManager[0] : new KeyManager[] {new Keys(identity)},
          verifier == null ? new TrustManager[0] : new TrustManager[] {verifier},
          null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new TlsConfigException("refused by the JDK: " + e.getMessage());
    }
  }

  private static SSLParameters settings(SSLContext context, TlsParameters parameters)
      throws TlsConfigException {
    SSLParameters settings = context.getDefaultSSLParameters();
    settings.setProtocols(parameters.versions().toArray(new String[0]));
    settings.setCipherSuites(CipherNames.toJava(parameters.ciphers()).toArray(new String[0]));
    settings.setUseCipherSuitesOrder(true);
    settings.setApplicationProtocols(parameters.protocols().toArray(new String[0]));
    settings.setNamedGroups(groups(parameters.groups()));
    settings.setEndpointIdentificationAlgorithm(null);
    return settings;
  }

  /** Without what the JDK does not know, if it is Weft that offers it. */
  private static String[] groups(List<String> names) throws TlsConfigException {
    List<String> known = names.stream().filter(GROUPS::containsKey).map(GROUPS::get).toList();
    if (known.size() < names.size() && !names.equals(TlsParameters.GROUPS)) {
      throw new TlsConfigException(
          "ecdh_curves " + names + " (expected: of " + GROUPS.keySet() + ")");
    }
    return known.toArray(new String[0]);
  }

  private record Context(SSLContext context, SSLParameters settings) implements EngineContext {
    @Override
    public void ticketKeys(List<byte[]> keys) {
      // the JDK's engine makes and changes keys of its own
    }

    @Override
    public SSLEngine server() {
      SSLEngine engine = context.createSSLEngine();
      engine.setUseClientMode(false);
      engine.setSSLParameters(settings);
      return engine;
    }

    @Override
    public SSLEngine client(String serverName, String peer, int port) {
      SSLEngine engine = context.createSSLEngine(serverName.isEmpty() ? peer : serverName, port);
      engine.setUseClientMode(true);
      engine.setSSLParameters(settings);
      SSLParameters own = engine.getSSLParameters();
      boolean named = !serverName.isEmpty() && Values.ipAddress(serverName) == null;
      own.setServerNames(named ? List.of(new SNIHostName(serverName)) : List.of());
      engine.setSSLParameters(own);
      return engine;
    }

    @Override
    public SSLEngineResult unwrap(SSLEngine engine, ByteBuffer from, ByteBuffer into)
        throws SSLException {
      Scratch scratch = SCRATCH.get();
      int start = from.position();
      ByteBuffer in = scratch.in.clear().put(from).flip();
      try {
        SSLEngineResult result = engine.unwrap(in, scratch.out.clear());
        into.put(scratch.out.flip());
        return result;
      } finally {
        from.position(start + in.position());
      }
    }

    @Override
    public SSLEngineResult wrap(SSLEngine engine, ByteBuffer from, ByteBuffer into)
        throws SSLException {
      Scratch scratch = SCRATCH.get();
      int start = from.position();
      ByteBuffer in = scratch.in.clear().put(from).flip();
      SSLEngineResult result = engine.wrap(in, scratch.out.clear());
      from.position(start + in.position());
      into.put(scratch.out.flip());
      return result;
    }

    @Override
    public String cipher(SSLEngine engine) {
      return CipherNames.fromJava(engine.getSession().getCipherSuite());
    }

    @Override
    public String group(SSLEngine engine) {
      return ""; // the JDK does not tell
    }

    @Override
    public boolean resumed(SSLEngine engine, long handshakeStartMillis) {
      return engine.getSession().getCreationTime() < handshakeStartMillis;
    }

    @Override
    public void release(SSLEngine engine) {
      // it is collected
    }

    @Override
    public void close() {
      // it is collected
    }
  }

  /** The one certificate of a context. */
  private static final class Keys extends X509ExtendedKeyManager {
    private static final String ALIAS = "weft";
    private final Identity identity;

    Keys(Identity identity) {
      this.identity = identity;
    }

    private @Nullable String alias(String... types) {
      String own = identity.key().getAlgorithm();
      for (String type : types) {
        if (type.equals(own)
            || (own.equals("RSA") && type.startsWith("RSA"))
            || (own.equals("EC") && type.startsWith("EC"))) {
          return ALIAS;
        }
      }
      return own.equals("EdDSA") ? ALIAS : null;
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
        String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
      return alias(keyType);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
      return alias(keyTypes);
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, Socket socket) {
      return alias(keyType);
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, Socket socket) {
      return alias(keyTypes);
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return identity.chain().toArray(new X509Certificate[0]);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return identity.key();
    }
  }
}
