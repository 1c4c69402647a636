package io.weft.codec.h2;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that answers each request with whatever frames a test wants. */
final class RawHttp2Server implements AutoCloseable {
  /** Answers the request that has come on a stream, the {@code number}th from 0. */
  interface Script {
    void answer(int number, int id, OutputStream out) throws IOException;
  }

  private final ServerSocket listening;
  private final Script script;
  private final AtomicInteger requests = new AtomicInteger();
  private final ConcurrentLinkedQueue<Socket> sockets = new ConcurrentLinkedQueue<>();

  private RawHttp2Server(Script script) throws IOException {
    this.script = script;
    listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  static RawHttp2Server start(Script script) throws IOException {
    var server = new RawHttp2Server(script);
    Thread.ofPlatform().daemon().start(server::accept);
    return server;
  }

  int port() {
    return listening.getLocalPort();
  }

  int connections() {
    return sockets.size();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listening.accept();
        sockets.add(socket);
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                serve(socket);
              } catch (EOFException | SocketException e) {
                // the proxy has left
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket socket) throws IOException {
    var in = new DataInputStream(socket.getInputStream());
    OutputStream out = socket.getOutputStream();
    in.readFully(new byte[FrameReader.PREFACE.length]);
    out.write(RawHttp2.frame(Frame.SETTINGS, 0, 0, new byte[0]));
    while (true) {
      int word = in.readInt();
      int flags = in.readUnsignedByte();
      int id = in.readInt();
      in.readFully(new byte[word >>> 8]);
      boolean request = (word & 255) == Frame.HEADERS;
      if ((word & 255) == Frame.SETTINGS && (flags & Frame.ACK) == 0) {
        out.write(RawHttp2.frame(Frame.SETTINGS, Frame.ACK, 0, new byte[0]));
      } else if (request) {
        script.answer(requests.getAndIncrement(), id, out);
      }
    }
  }

  /** The head of a response. */
  static byte[] head(int id, boolean end, String... fields) {
    int flags = Frame.END_HEADERS | (end ? Frame.END_STREAM : 0);
    return RawHttp2.frame(Frame.HEADERS, flags, id, RawHttp2.block(fields));
  }

  /** A response with a short body. */
  static byte[] answer(int id, String body) {
    byte[] head = head(id, false, ":status", "200");
    byte[] data =
        RawHttp2.frame(
            Frame.DATA,
            Frame.END_STREAM,
            id,
            body.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    byte[] both = java.util.Arrays.copyOf(head, head.length + data.length);
    System.arraycopy(data, 0, both, head.length, data.length);
    return both;
  }

  static byte[] reset(int id, int code) {
    return RawHttp2.frame(Frame.RST_STREAM, 0, id, RawHttp2.integer(code));
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
