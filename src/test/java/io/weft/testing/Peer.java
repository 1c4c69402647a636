package io.weft.testing;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * One end of a TCP connection in a test's hands. Every read fails after ten seconds, so that a test
 * fails rather than hangs.
 */
public final class Peer implements Closeable {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final Socket socket;
  private final Socket tcp;
  private final InputStream in;

  Peer(Socket socket) throws IOException {
    this(socket, socket);
  }

  private Peer(Socket socket, Socket tcp) throws IOException {
    this.socket = socket;
    this.tcp = tcp;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    this.in = socket.getInputStream();
  }

  /**
   * This end with TLS on it, once both ends have agreed.
   *
   * @param server whether it is the server's end
   * @param protocols what it offers by ALPN
   */
  public Peer secured(SSLContext context, boolean server, String... protocols) throws IOException {
    var secure =
        (SSLSocket)
            context.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
    secure.setUseClientMode(!server);
    SSLParameters parameters = secure.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    secure.setSSLParameters(parameters);
    secure.startHandshake();
    return new Peer(secure, socket);
  }

  /** A client's end, connected to {@code port} on 127.0.0.1. */
  public static Peer connect(int port) throws IOException {
    return connect(port, 0);
  }

  /** As {@link #connect(int)} with a receive buffer of that many bytes, 0 for the system's. */
  public static Peer connect(int port, int receiveBuffer) throws IOException {
    var socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
    return new Peer(socket);
  }

  /** Sends the text, a byte a character. */
  public Peer send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  public Peer send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /** The next bytes up to and with {@code end}. */
  public String readUntil(String end) throws IOException {
    var text = new StringBuilder();
    while (text.indexOf(end, Math.max(0, text.length() - end.length())) < 0) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("end of stream after \"" + text + "\", before \"" + end + "\"");
      }
      text.append((char) next);
    }
    return text.toString();
  }

  /** Exactly that many bytes, a character a byte. */
  public String read(int count) throws IOException {
    return new String(readBytes(count), StandardCharsets.ISO_8859_1);
  }

  public byte[] readBytes(int count) throws IOException {
    var bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException(
          "end of stream after " + bytes.length + " bytes (expected: " + count + ")");
    }
    return bytes;
  }

  /** Reads what there is, at least a byte; -1 at the end of the stream. */
  public int readSome(byte[] into) throws IOException {
    return in.read(into);
  }

  /** Everything up to the end of the stream. */
  public String readAll() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /** Everything up to the end of the stream, however it ends. */
  public Ending readToEnding() {
    var text = new StringBuilder();
    try {
      for (int next = in.read(); next >= 0; next = in.read()) {
        text.append((char) next);
      }
      return new Ending(text.toString(), false);
    } catch (SocketException | SSLException e) { // reset by the peer
      return new Ending(text.toString(), true);
    } catch (IOException e) {
      throw new AssertionError("neither bytes nor an end: " + e.getMessage(), e);
    }
  }

  /** Ends this side; reading goes on. */
  public Peer halfClose() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Ends the connection with a reset. */
  public void reset() throws IOException {
    tcp.setSoLinger(true, 0);
    tcp.close();
  }

  /** Ends the connection in order, with TLS without its word that this is the end. */
  public void cut() throws IOException {
    tcp.close();
  }

  public int localPort() {
    return socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /**
   * What came until a stream ended.
   *
   * @param text the bytes, a character each
   * @param reset whether it ended with a reset
   */
  public record Ending(String text, boolean reset) {}
}
