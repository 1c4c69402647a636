package io.weft.tls;

import io.weft.net.Buffer;
import io.weft.net.Channel;
import io.weft.net.ChannelClosedException;
import io.weft.net.Layer;
import io.weft.net.Security;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS of one connection: an engine, and buffers that are held only while something is in them. An
 * idle connection holds none. The handshake runs on the connection's first thread; after it, one
 * thread may read while another writes, and no call into the engine is ever left half done, since
 * none parks.
 */
final class TlsLayer extends Layer implements Security {
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);
  private static final int HEADER_BYTES = 5;
  private static final int MAX_PLAIN = 16384;

  /** What a record may be longer than its text: generous for every suite and engine. */
  private static final int OVERHEAD = 256;

  /** Four records fit into one buffer. */
  private static final int BEST_WRITE = Buffer.SIZE - 4 * OVERHEAD;

  private final EngineContext context;
  private @Nullable SSLEngine engine;
  private @Nullable Buffer in;
  private @Nullable Buffer out;
  private @Nullable Buffer plain;
  private boolean ended;
  private boolean endedCleanly;
  private boolean established;
  private boolean shutdownWanted;

  private final @Nullable PeerVerifier verifier;
  private final boolean server;
  private String applicationProtocol = "";
  private String serverName = "";
  private String version = "";
  private String cipher = "";
  private String group = "";
  private boolean resumed;
  private List<X509Certificate> peer = List.of();
  private final @Nullable X509Certificate local;

  /**
   * Takes over the channel.
   *
   * @param read what has been read of the socket already, null for nothing
   */
  TlsLayer(
      Channel channel,
      @Nullable Buffer read,
      EngineContext context,
      SSLEngine engine,
      boolean server,
      @Nullable PeerVerifier verifier,
      @Nullable X509Certificate local,
      String serverName) {
    super(channel);
    this.context = context;
    this.engine = engine;
    this.server = server;
    this.verifier = verifier;
    this.local = local;
    this.serverName = serverName;
    in = read;
    channel.install(this);
  }

  // the handshake

  /**
   * Blocks until both sides have agreed.
   *
   * @throws TlsException if they do not, or the peer ends the connection
   */
  void handshake(long deadlineNanos) throws IOException {
    long start = System.currentTimeMillis();
    HandshakeTurns turns = HandshakeTurns.current();
    turns.await();
    try {
      open().beginHandshake();
      while (true) {
        boolean more = step();
        while (!flush()) {
          channel.awaitWritable(deadlineNanos);
        }
        if (!more) {
          break;
        }
        while (!hasRecord() && !ended) {
          if (!fill()) {
            awaitSocket(deadlineNanos);
            turns.await(); // also where it is only to find that the peer is gone
          }
        }
        if (ended && !hasRecord()) {
          throw TlsException.of("the peer ended the connection in the handshake");
        }
      }
    } catch (SSLException e) {
      alert();
      throw TlsException.of(e);
    }
    establish(start);
  }

  /** Does what can be done with the bytes that are here; false if the handshake is over. */
  private boolean step() throws IOException {
    SSLEngine at = open();
    boolean poked = false;
    while (true) {
      switch (at.getHandshakeStatus()) {
        case NEED_TASK -> runTasks(at);
        case NEED_WRAP -> produce();
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          if (hasRecord()) {
            decrypt(NOTHING);
          } else if (!poked && isEmpty(in)) {
            // BoringSSL's engine tells that it is done when it is asked once more
            poked = true;
            NOTHING.clear();
            context.unwrap(at, NOTHING, NOTHING);
          } else {
            return true;
          }
        }
        case NOT_HANDSHAKING, FINISHED -> {
          produce(); // tickets, where the engine has any to send
          return false;
        }
      }
    }
  }

  private static void runTasks(SSLEngine at) {
    for (Runnable task = at.getDelegatedTask(); task != null; task = at.getDelegatedTask()) {
      task.run();
    }
  }

  private void establish(long startMillis) throws IOException {
    SSLEngine at = open();
    SSLSession session = at.getSession();
    established = true;
    String protocol = at.getApplicationProtocol();
    applicationProtocol = protocol == null ? "" : protocol.intern();
    version = session.getProtocol().intern();
    cipher = context.cipher(at).intern();
    group = context.group(at).intern();
    resumed = context.resumed(at, startMillis);
    try {
      List<X509Certificate> certificates = new ArrayList<>();
      for (Certificate each : session.getPeerCertificates()) {
        if (each instanceof X509Certificate certificate) {
          certificates.add(certificate);
        }
      }
      peer = List.copyOf(certificates);
    } catch (SSLPeerUnverifiedException e) {
      // it has shown none
    }
    readable(ended || plain != null || socketReady() || hasRecord());
  }

  /** Tells the peer why it failed, where the engine has an alert for it. */
  private void alert() {
    try {
      produce();
      flush();
    } catch (IOException e) {
      // the connection is closed next in any case
    }
  }

  // reading

  @Override
  protected int receive(ByteBuffer into) throws IOException {
    try {
      int count = next(into);
      readable(ended || plain != null || socketReady() || hasRecord());
      return count;
    } catch (SSLException e) {
      alert();
      throw TlsException.of(e);
    }
  }

  private int next(ByteBuffer into) throws IOException {
    open();
    while (true) {
      Buffer rest = plain;
      if (rest != null) {
        return take(rest, into);
      }
      if (hasRecord()) {
        int count = decrypt(into);
        if (count > 0) {
          return count;
        }
      } else if (ended) {
        return -1;
      } else if (!fill()) {
        return 0;
      }
    }
  }

  private int take(Buffer rest, ByteBuffer into) {
    int count = Math.min(rest.readable(), into.remaining());
    into.put(rest.bytes().limit(rest.start + count).position(rest.start));
    rest.start += count;
    if (rest.isEmpty()) {
      plain = null;
      rest.release();
    }
    return count;
  }

  /** Whether a whole record is here. */
  private boolean hasRecord() {
    Buffer have = in;
    return have != null && have.readable() >= HEADER_BYTES && have.readable() >= recordBytes(have);
  }

  private static int recordBytes(Buffer have) {
    int at = have.start + 3;
    return HEADER_BYTES + ((have.at(at) & 0xff) << 8 | have.at(at + 1) & 0xff);
  }

  private static boolean isEmpty(@Nullable Buffer buffer) {
    return buffer == null || buffer.isEmpty();
  }

  /** Reads the socket; false if nothing came. */
  private boolean fill() throws IOException {
    if (!socketReady()) {
      return false;
    }
    Buffer into = in;
    if (into == null) {
      into = borrow();
      open();
      in = into;
    } else {
      into.compact();
    }
    int count = receiveSocket(into);
    if (count < 0) {
      ended = true;
      dropIfEmpty();
      return true;
    }
    dropIfEmpty();
    return count > 0;
  }

  private void dropIfEmpty() {
    Buffer have = in;
    if (have != null && have.isEmpty()) {
      in = null;
      have.release();
    }
  }

  private static Buffer borrow() throws IOException {
    if (Thread.currentThread().isVirtual()) {
      return Buffer.borrow();
    }
    Buffer buffer = Buffer.tryBorrow();
    if (buffer == null) {
      throw new IOException("no buffer for TLS outside a thread");
    }
    return buffer;
  }

  /**
   * Decrypts the record that is here, into {@code into} if there is room, else into a buffer of its
   * own. The number of bytes put into {@code into}.
   */
  private int decrypt(ByteBuffer into) throws IOException {
    Buffer from = in;
    if (from == null) {
      return 0;
    }
    int length = recordBytes(from);
    boolean fits = into.isDirect() && into.remaining() >= length - HEADER_BYTES;
    if (fits) {
      return unwrap(from, length, into);
    }
    Buffer aside = borrow();
    int count = 0;
    try {
      count = unwrap(from, length, aside.bytes().clear());
    } finally {
      if (count == 0) {
        aside.release();
      }
    }
    if (count > 0) {
      aside.end = count;
      plain = aside;
    }
    return 0;
  }

  private int unwrap(Buffer from, int length, ByteBuffer into) throws IOException {
    SSLEngine at = open();
    ByteBuffer record = from.bytes().limit(from.start + length).position(from.start);
    SSLEngineResult result = context.unwrap(at, record, into);
    boolean stuck = record.position() == from.start && result.bytesProduced() == 0;
    from.start = record.position();
    dropIfEmpty();
    if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
      ended = true;
      endedCleanly = true;
      dropAll();
      return result.bytesProduced();
    }
    if (result.getStatus() != SSLEngineResult.Status.OK) {
      throw new SSLException("record of " + length + " bytes: " + result.getStatus());
    }
    if (established) {
      settle(at, result.getHandshakeStatus(), stuck);
    }
    return result.bytesProduced();
  }

  /** What follows the peer's last word is dropped. */
  private void dropAll() {
    Buffer have = in;
    if (have != null) {
      in = null;
      have.release();
    }
  }

  /**
   * After the handshake: an update of keys wants an answer. TLS 1.2 has nothing of the kind: there
   * the peer wants another handshake, which it does not get, or has sent what is no record.
   *
   * @param said what the engine said with its result: netty's tells only there of an alert
   */
  private void settle(SSLEngine at, HandshakeStatus said, boolean stuck) throws IOException {
    HandshakeStatus status = said == HandshakeStatus.NEED_WRAP ? said : at.getHandshakeStatus();
    boolean quiet = status == HandshakeStatus.NOT_HANDSHAKING || status == HandshakeStatus.FINISHED;
    if (quiet && !stuck) {
      return;
    }
    if (quiet) {
      throw new SSLException("the engine takes no record");
    }
    if (version.equals(TlsParameters.TLS_1_2)) {
      throw new SSLException("a record is refused, or another handshake");
    }
    if (status == HandshakeStatus.NEED_TASK) {
      runTasks(at);
    }
    produce();
    flush();
  }

  @Override
  protected boolean drained() throws IOException {
    try {
      open();
      while (plain == null && !ended) {
        if (hasRecord()) {
          decrypt(NOTHING);
        } else if (!fill()) {
          break;
        }
      }
    } catch (SSLException e) {
      alert();
      ended = true;
    }
    boolean nothing = plain == null && !ended;
    readable(!nothing);
    return nothing;
  }

  /** An end that is announced stays where it is: what reads it ends the output too. */
  @Override
  protected void probe() throws IOException {
    Buffer have = in;
    if (engine == null || ended || have != null && have.writable() == 0) {
      return;
    }
    if (have == null) {
      have = Buffer.tryBorrow();
      if (have == null) {
        return;
      }
      in = have;
    }
    fill();
  }

  // writing

  @Override
  protected int send(ByteBuffer from) throws IOException {
    SSLEngine at = open();
    Buffer target = out;
    if (target == null) {
      target = borrow();
      open();
      out = target;
    }
    int taken = 0;
    int end = from.limit();
    try {
      while (taken < end && from.position() < end && target.writable() > 2 * OVERHEAD) {
        int chunk = Math.min(MAX_PLAIN, target.writable() - OVERHEAD);
        from.limit(Math.min(end, from.position() + chunk));
        int count = wrap(at, from, target);
        if (count == 0) {
          break;
        }
        taken += count;
      }
    } catch (SSLException e) {
      throw TlsException.of(e);
    } finally {
      from.limit(end);
    }
    flush();
    return taken;
  }

  /** Encrypts one record; the number of bytes taken. */
  private int wrap(SSLEngine at, ByteBuffer from, Buffer target) throws IOException {
    int before = from.position();
    ByteBuffer into = target.bytes().limit(Buffer.SIZE).position(target.end);
    SSLEngineResult result = context.wrap(at, from, into);
    target.end = into.position();
    return switch (result.getStatus()) {
      case CLOSED -> throw new ChannelClosedException(channel + ": its output has ended");
      case BUFFER_OVERFLOW -> 0;
      default -> from.position() - before;
    };
  }

  /** Lets the engine say what it has to say of its own. */
  private void produce() throws IOException {
    SSLEngine at = open();
    while (true) {
      Buffer target = out;
      if (target == null) {
        target = borrow();
        open();
        out = target;
      } else {
        target.compact();
      }
      NOTHING.clear();
      ByteBuffer into = target.bytes().limit(Buffer.SIZE).position(target.end);
      SSLEngineResult result = context.wrap(at, NOTHING, into);
      target.end = into.position();
      if (target.isEmpty()) {
        out = null;
        target.release();
      }
      if (result.bytesProduced() == 0 || at.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) {
        return;
      }
    }
  }

  @Override
  protected boolean flush() throws IOException {
    Buffer pending = out;
    if (pending == null) {
      return true;
    }
    sendSocket(pending);
    if (!pending.isEmpty()) {
      return false;
    }
    out = null;
    pending.release();
    if (shutdownWanted) {
      shutdownWanted = false;
      shutdownSocket();
    }
    return true;
  }

  @Override
  protected boolean hasPending() {
    return out != null;
  }

  @Override
  protected int bestWrite() {
    return BEST_WRITE;
  }

  // ending

  @Override
  protected void shutdown() throws IOException {
    try {
      open().closeOutbound();
      produce();
    } catch (SSLException e) {
      throw TlsException.of(e);
    }
    shutdownWanted = true;
    if (flush() && shutdownWanted) {
      shutdownWanted = false;
      shutdownSocket();
    }
  }

  @Override
  protected void closing() {
    SSLEngine at = engine;
    if (at == null || !established || at.isOutboundDone()) {
      return;
    }
    try {
      at.closeOutbound();
      produce();
      flush();
    } catch (IOException e) {
      // the peer sees the end of the socket
    }
  }

  @Override
  protected void release() {
    SSLEngine at = engine;
    if (at == null) {
      return;
    }
    engine = null;
    context.release(at);
    for (Buffer held : new Buffer[] {in, out, plain}) {
      if (held != null) {
        held.release();
      }
    }
    in = null;
    out = null;
    plain = null;
  }

  private SSLEngine open() throws ChannelClosedException {
    SSLEngine at = engine;
    if (at == null) {
      throw new ChannelClosedException(channel + " is closed");
    }
    return at;
  }

  // what is known

  @Override
  protected @Nullable Security security() {
    return established ? this : null;
  }

  @Override
  public String applicationProtocol() {
    return applicationProtocol;
  }

  @Override
  public String serverName() {
    return serverName;
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public String cipher() {
    return cipher;
  }

  @Override
  public String group() {
    return group;
  }

  @Override
  public String sessionId() {
    SSLEngine at = engine;
    return at == null ? "" : HexFormat.of().formatHex(at.getSession().getId());
  }

  @Override
  public boolean resumed() {
    return resumed;
  }

  @Override
  public List<X509Certificate> peerCertificates() {
    return peer;
  }

  @Override
  public boolean peerVerified() {
    PeerVerifier by = verifier;
    return by != null
        && !peer.isEmpty()
        && by.verification().asksForSomething()
        && (!by.verification().acceptUntrusted() || by.passes(peer, !server));
  }

  @Override
  public @Nullable X509Certificate localCertificate() {
    return local;
  }

  @Override
  public boolean endedCleanly() {
    return endedCleanly;
  }
}
