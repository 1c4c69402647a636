package io.weft.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSession;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.ReferenceCountedOpenSslContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;
import io.weft.schema.Values;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** BoringSSL, by netty's engine over its native library. Nothing else of netty runs. */
final class BoringEngines implements EngineContext.Factory {
  /** For what an engine allocates on the side: the few buffers of a handshake. */
  private static final ByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(true);

  /** What is wrong with the native library here, null if it works. */
  static @Nullable String whyNot() {
    Throwable cause = OpenSsl.unavailabilityCause();
    return cause == null ? null : String.valueOf(cause.getMessage());
  }

  @Override
  public String name() {
    return "boringssl";
  }

  @Override
  public EngineContext server(
      TlsParameters parameters,
      Identity identity,
      @Nullable PeerVerifier verifier,
      boolean certificateRequired,
      EngineContext.Sessions sessions)
      throws TlsConfigException {
    SslContextBuilder builder =
        SslContextBuilder.forServer(
            identity.key(), identity.chain().toArray(new X509Certificate[0]));
    if (verifier != null) {
      builder
          .trustManager(verifier)
          .clientAuth(certificateRequired ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
    }
    OcspStaple staple = identity.ocspStaple();
    builder.sessionTimeout(sessions.timeoutSeconds()).enableOcsp(staple.isSet());
    var made = new Context(build(builder, parameters), staple);
    OpenSslServerSessionContext ids = made.sessions();
    ids.setSessionIdContext(HexFormat.of().parseHex(sessions.contextId()));
    ids.setSessionCacheEnabled(sessions.cache());
    if (sessions.tickets()) {
      made.ticketKeys(sessions.ticketKeys()); // without, netty lets BoringSSL give no tickets
    }
    return made;
  }

  /** Envoy's keys are longer than tcnative's: the digests of both parts stand for them. */
  private static OpenSslSessionTicketKey ticketKey(byte[] key) {
    byte[] mac = CertificateNames.digest("SHA-256", Arrays.copyOfRange(key, 16, 48));
    byte[] cipher = CertificateNames.digest("SHA-256", Arrays.copyOfRange(key, 48, 80));
    return new OpenSslSessionTicketKey(
        Arrays.copyOf(key, OpenSslSessionTicketKey.NAME_SIZE),
        Arrays.copyOf(mac, OpenSslSessionTicketKey.HMAC_KEY_SIZE),
        Arrays.copyOf(cipher, OpenSslSessionTicketKey.AES_KEY_SIZE));
  }

  @Override
  public EngineContext client(
      TlsParameters parameters,
      @Nullable Identity identity,
      PeerVerifier verifier,
      boolean keepSessions)
      throws TlsConfigException {
    // names are checked after the handshake: netty would ask the JDK's rules of HTTPS
    SslContextBuilder builder =
        SslContextBuilder.forClient().trustManager(verifier).endpointIdentificationAlgorithm("");
    if (identity != null) {
      builder.keyManager(identity.key(), identity.chain().toArray(new X509Certificate[0]));
    }
    ReferenceCountedOpenSslContext context = build(builder, parameters);
    context.sessionContext().setSessionCacheEnabled(keepSessions);
    return new Context(context, OcspStaple.NONE);
  }

  private static ReferenceCountedOpenSslContext build(
      SslContextBuilder builder, TlsParameters parameters) throws TlsConfigException {
    builder
        .sslProvider(SslProvider.OPENSSL_REFCNT)
        .protocols(parameters.versions())
        .ciphers(CipherNames.withTls13(parameters.ciphers()))
        .option(OpenSslContextOption.USE_TASKS, false)
        .option(OpenSslContextOption.GROUPS, parameters.groups().toArray(new String[0]));
    List<String> protocols = parameters.protocols();
    if (!protocols.isEmpty()) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              ApplicationProtocolConfig.Protocol.ALPN,
              ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
              ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
              protocols));
    }
    try {
      return (ReferenceCountedOpenSslContext) builder.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new TlsConfigException("refused by BoringSSL: " + innermost(e));
    }
  }

  private static String innermost(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  private record Context(ReferenceCountedOpenSslContext context, OcspStaple staple)
      implements EngineContext {
    private OpenSslServerSessionContext sessions() {
      return (OpenSslServerSessionContext) context.sessionContext();
    }

    @Override
    public void ticketKeys(List<byte[]> keys) {
      sessions()
          .setTicketKeys(
              keys.stream().map(BoringEngines::ticketKey).toArray(OpenSslSessionTicketKey[]::new));
    }

    @Override
    public SSLEngine server() {
      var engine = (ReferenceCountedOpenSslEngine) context.newEngine(ALLOCATOR);
      if (staple.isFresh()) {
        engine.setOcspResponse(staple.bytes());
      }
      return engine;
    }

    @Override
    public SSLEngine client(String serverName, String peer, int port) {
      // a peer host that is a name is sent as SNI, an address is not
      SSLEngine engine =
          context.newEngine(ALLOCATOR, serverName.isEmpty() ? peer : serverName, port);
      if (!serverName.isEmpty() && Values.ipAddress(serverName) == null) {
        SSL.setTlsExtHostName(pointer(engine), serverName); // netty leaves out names without a dot
      }
      return engine;
    }

    @Override
    public SSLEngineResult unwrap(SSLEngine engine, ByteBuffer from, ByteBuffer into)
        throws SSLException {
      return engine.unwrap(from, into);
    }

    @Override
    public SSLEngineResult wrap(SSLEngine engine, ByteBuffer from, ByteBuffer into)
        throws SSLException {
      return engine.wrap(from, into);
    }

    private static long pointer(SSLEngine engine) {
      return ((ReferenceCountedOpenSslEngine) engine).sslPointer();
    }

    @Override
    public String cipher(SSLEngine engine) {
      return String.valueOf(SSL.getCipherForSSL(pointer(engine)));
    }

    @Override
    public String group(SSLEngine engine) {
      String name = ((OpenSslSession) engine.getSession()).getNamedGroup();
      return name == null ? "" : name;
    }

    @Override
    public boolean resumed(SSLEngine engine, long handshakeStartMillis) {
      return SSL.isSessionReused(pointer(engine));
    }

    @Override
    public void release(SSLEngine engine) {
      ReferenceCountUtil.release(engine);
    }

    @Override
    public void close() {
      context.release();
    }
  }
}
