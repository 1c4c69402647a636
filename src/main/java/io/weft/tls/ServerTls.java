package io.weft.tls;

import io.weft.net.Buffer;
import io.weft.net.Channel;
import io.weft.stats.Scope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of a filter chain's TLS: takes connections, with certificates that may be
 * exchanged while it does. Shared by all carriers.
 */
public final class ServerTls implements Renewable {
  private static final int ALERT = 21;
  private static final int NO_APPLICATION_PROTOCOL = 120;
  private static final int UNRECOGNIZED_NAME = 112;

  private final ServerTlsConfig config;
  private final EngineContext.Factory factory;
  private final SslStats stats;

  /** Of the watch's thread, but for the first one. They stay when certificates change. */
  private List<byte[]> ownTicketKeys = List.of(newTicketKey());

  private volatile Snapshot current;

  /** What is in force: a context for each certificate. */
  private record Snapshot(List<Choice> choices, @Nullable PeerVerifier verifier) {}

  private record Choice(Identity identity, EngineContext context) {}

  /** Reads the files. */
  ServerTls(ServerTlsConfig config, EngineContext.Factory factory, Scope scope)
      throws IOException, TlsConfigException {
    this.config = config;
    this.factory = factory;
    stats = new SslStats(scope);
    current = load();
  }

  private Snapshot load() throws IOException, TlsConfigException {
    List<Identity> identities = new ArrayList<>();
    for (IdentitySource source : config.identities()) {
      identities.add(source.load());
    }
    Verification verification = config.verification().load();
    boolean asks = config.certificateRequired() || verification.asksForSomething();
    PeerVerifier verifier = asks ? new PeerVerifier(verification) : null;
    List<Choice> choices = new ArrayList<>();
    try {
      for (Identity identity : identities) {
        choices.add(
            new Choice(
                identity,
                factory.server(
                    config.parameters(),
                    identity,
                    verifier,
                    config.certificateRequired(),
                    sessions(identity, verification))));
      }
    } catch (TlsConfigException | RuntimeException e) {
      choices.forEach(each -> each.context().close());
      throw e;
    }
    return new Snapshot(List.copyOf(choices), verifier);
  }

  /** A session is good only where the client would have been checked against the same. */
  private EngineContext.Sessions sessions(Identity identity, Verification verification)
      throws IOException {
    ServerTlsConfig.Resumption resumption = config.resumption();
    List<byte[]> keys = new ArrayList<>(ownTicketKeys);
    if (!resumption.ticketKeys().isEmpty()) {
      keys.clear();
    }
    for (DataSource source : resumption.ticketKeys()) {
      byte[] key = source.read();
      if (key.length != ServerTlsConfig.TICKET_KEY_BYTES) {
        throw new IOException(
            "session_ticket_keys: "
                + key.length
                + " bytes (expected: "
                + ServerTlsConfig.TICKET_KEY_BYTES
                + ")");
      }
      keys.add(key);
    }
    try {
      MessageDigest id = MessageDigest.getInstance("SHA-256");
      id.update(identity.certificate().getPublicKey().getEncoded());
      id.update((byte) (config.certificateRequired() ? 1 : 0));
      for (X509Certificate each : verification.trusted()) {
        id.update(each.getEncoded());
      }
      String rest =
          verification.hashes()
              + "|"
              + verification.keys()
              + "|"
              + verification.names()
              + "|"
              + verification.revocations().hashCode()
              + "|"
              + config.parameters().protocols();
      id.update(rest.getBytes(StandardCharsets.UTF_8));
      return new EngineContext.Sessions(
          resumption.tickets(),
          resumption.cache(),
          keys,
          !resumption.ticketKeys().isEmpty(),
          resumption.timeoutSeconds(),
          HexFormat.of().formatHex(id.digest()));
    } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
      throw new IOException("a certificate that has no encoding", e);
    }
  }

  /**
   * Does the handshake on a connection that was accepted; blocks until it is done. The channel is
   * secured from then on. If this fails, the caller closes it.
   *
   * @throws TlsException if the client cannot be agreed with
   * @throws io.weft.net.NetTimeoutException if the deadline passes
   */
  public void accept(Channel channel, long deadlineNanos) throws IOException {
    try {
      TlsLayer layer = begin(channel, deadlineNanos);
      layer.handshake(deadlineNanos);
      stats.established(layer);
    } catch (TlsException e) {
      stats.failed(e);
      throw e;
    } catch (IOException e) {
      stats.connectionError.inc();
      throw e;
    }
  }

  private TlsLayer begin(Channel channel, long deadlineNanos) throws IOException {
    Buffer read = channel.takePutBack();
    boolean taken = false;
    try {
      if (read == null) {
        channel.awaitReadable(deadlineNanos);
      }
      HandshakeTurns.current().await();
      if (read == null) {
        read = Buffer.borrow();
      }
      ClientHello hello = hello(channel, read, deadlineNanos);
      if (config.serverNameRequired() && hello.serverName().isEmpty()) {
        throw refuse(channel, UNRECOGNIZED_NAME, "no server name (SNI)", deadlineNanos);
      }
      List<String> protocols = config.parameters().protocols();
      if (!protocols.isEmpty()
          && !hello.protocols().isEmpty()
          && protocols.stream().noneMatch(hello.protocols()::contains)) {
        // RFC 7301 3.2: to go on without would let one protocol's bytes be taken for another's
        throw refuse(
            channel, NO_APPLICATION_PROTOCOL, "no application protocol (ALPN)", deadlineNanos);
      }
      Snapshot snapshot = current;
      Choice choice = choose(snapshot.choices(), hello);
      channel.putBack(read); // what the handshake takes is no traffic
      read = channel.takePutBack();
      var layer =
          new TlsLayer(
              channel,
              read,
              choice.context(),
              choice.context().server(),
              true,
              snapshot.verifier(),
              choice.identity().certificate(),
              hello.serverName());
      taken = true;
      return layer;
    } finally {
      if (!taken && read != null) {
        read.release();
      }
    }
  }

  private static ClientHello hello(Channel channel, Buffer read, long deadlineNanos)
      throws IOException {
    while (true) {
      switch (ClientHello.look(read)) {
        case MORE -> {
          if (channel.read(read, deadlineNanos) < 0) {
            throw TlsException.of("the peer ended the connection in the handshake");
          }
        }
        case NOT_TLS -> throw TlsException.of("not TLS");
        case TOO_LARGE -> throw TlsException.of("a ClientHello that is too large");
        case WHOLE -> {
          ClientHello hello = ClientHello.parse(read);
          if (hello == null) {
            throw TlsException.of("a malformed ClientHello");
          }
          return hello;
        }
      }
    }
  }

  private static TlsException refuse(Channel channel, int alert, String why, long deadlineNanos)
      throws IOException {
    byte[] record = {ALERT, 3, 3, 0, 2, 2, (byte) alert};
    channel.write(ByteBuffer.wrap(record), deadlineNanos);
    return TlsException.of(why);
  }

  /** By name, exactly before by wildcard; of those that are left the kind the client prefers. */
  private static Choice choose(List<Choice> choices, ClientHello hello) {
    if (choices.size() == 1) {
      return choices.getFirst();
    }
    String name = hello.serverName();
    Choice found = null;
    if (!name.isEmpty()) {
      found = best(choices, hello, name, true);
      if (found == null) {
        found = best(choices, hello, name, false);
      }
    }
    if (found == null) {
      found = best(choices, hello, null, true);
    }
    return found == null ? choices.getFirst() : found;
  }

  private static @Nullable Choice best(
      List<Choice> choices, ClientHello hello, @Nullable String name, boolean exactly) {
    Choice first = null;
    for (Choice choice : choices) {
      if (name == null || choice.identity().isFor(name, exactly)) {
        if (choice.identity().isEcdsa() == hello.ecdsa()) {
          return choice;
        }
        first = first == null ? choice : first;
      }
    }
    return first;
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
    return () -> old.choices().forEach(each -> each.context().close());
  }

  private static byte[] newTicketKey() {
    byte[] key = new byte[ServerTlsConfig.TICKET_KEY_BYTES];
    new SecureRandom().nextBytes(key);
    return key;
  }

  @Override
  public void rotate() {
    ServerTlsConfig.Resumption resumption = config.resumption();
    if (resumption.tickets() && resumption.ticketKeys().isEmpty()) {
      ownTicketKeys = List.of(newTicketKey(), ownTicketKeys.getFirst());
      current.choices().forEach(each -> each.context().ticketKeys(ownTicketKeys));
    }
  }

  @Override
  public List<CertificateFacts> certificates() {
    List<CertificateFacts> all = new ArrayList<>();
    Snapshot snapshot = current;
    PeerVerifier verifier = snapshot.verifier();
    List<X509Certificate> trusted =
        verifier == null ? List.of() : verifier.verification().trusted();
    for (int i = 0; i < snapshot.choices().size(); i++) {
      Choice choice = snapshot.choices().get(i);
      all.add(
          CertificateFacts.of(
              config.verification().trustedCa(),
              i == 0 ? trusted : List.of(),
              config.identities().get(i).where(),
              choice.identity().chain()));
    }
    return all;
  }

  @Override
  public void close() {
    current.choices().forEach(each -> each.context().close());
  }
}
