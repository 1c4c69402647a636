package io.weft.testing;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 client that sends what a test writes, byte for byte, and reads responses strictly: a
 * response that is cut, or framed wrongly, throws.
 */
public final class RawClient implements Closeable {
  private final Peer peer;

  private RawClient(Peer peer) {
    this.peer = peer;
  }

  public static RawClient connect(int port) throws IOException {
    return new RawClient(Peer.connect(port));
  }

  /** As {@link #connect(int)} with a receive buffer of that many bytes. */
  public static RawClient connect(int port, int receiveBuffer) throws IOException {
    return new RawClient(Peer.connect(port, receiveBuffer));
  }

  /** Over a connection of the caller's, such as one with TLS. */
  public static RawClient over(Socket socket) throws IOException {
    return new RawClient(new Peer(socket));
  }

  /** The bytes below. */
  public Peer peer() {
    return peer;
  }

  /** Sends the text, a byte a character. */
  public RawClient send(String text) throws IOException {
    peer.send(text);
    return this;
  }

  /** Sends a request for {@code path} to host {@code test}, without a body. */
  public RawClient request(String method, String path, String... headerLines) throws IOException {
    return send(head(method, path, headerLines));
  }

  /** The head of a request to host {@code test}. */
  public static String head(String method, String path, String... headerLines) {
    var text = new StringBuilder(method + " " + path + " HTTP/1.1\r\nhost: test\r\n");
    for (String line : headerLines) {
      text.append(line).append("\r\n");
    }
    return text.append("\r\n").toString();
  }

  /** Sends a GET and reads its response. */
  public Reply get(String path, String... headerLines) throws IOException {
    request("GET", path, headerLines);
    return read("GET");
  }

  /** The next response, to a GET. */
  public Reply read() throws IOException {
    return read("GET");
  }

  /** The next response, interim or final, to a request with that method. */
  public Reply read(String method) throws IOException {
    var lines = lines(peer.readUntil("\r\n\r\n"));
    var line = lines.removeFirst();
    if (!line.matches("HTTP/1\\.[01] [1-9][0-9][0-9] .*")) {
      throw new IOException("no status line: " + line);
    }
    int status = Integer.parseInt(line.substring(9, 12));
    var head = new Reply(status, lines, "", List.of());
    if (status < 200 || status == 204 || status == 304 || method.equals("HEAD")) {
      return head;
    }
    var coding = head.header("transfer-encoding");
    var length = head.header("content-length");
    if (coding != null) {
      if (length != null || !coding.equals("chunked")) {
        throw new IOException("framed twice, or in an unknown coding: " + lines);
      }
      return chunked(head);
    }
    return head.withBody(
        length == null ? peer.readAll() : peer.read(Integer.parseInt(length)), List.of());
  }

  private Reply chunked(Reply head) throws IOException {
    var body = new StringBuilder();
    while (true) {
      String line = peer.readUntil("\r\n").strip();
      int size = Integer.parseInt(line, 16);
      if (size == 0) {
        var trailers = new ArrayList<String>();
        for (line = peer.readUntil("\r\n"); !line.equals("\r\n"); line = peer.readUntil("\r\n")) {
          trailers.add(line.strip());
        }
        return head.withBody(body.toString(), trailers);
      }
      body.append(peer.read(size));
      if (!peer.read(2).equals("\r\n")) {
        throw new IOException("no line end behind a chunk");
      }
    }
  }

  private static List<String> lines(String head) {
    return new ArrayList<>(List.of(head.split("\r\n")));
  }

  /** Everything up to the end of the connection, which must be an orderly one. */
  public String readToEnd() throws IOException {
    return peer.readAll();
  }

  /** Fails unless the proxy ends the connection, orderly, with no more bytes. */
  public void expectEnd() throws IOException {
    String more = peer.readAll();
    if (!more.isEmpty()) {
      throw new AssertionError("bytes instead of the end: " + more);
    }
  }

  /**
   * What {@link #read} gives, or null where the connection ended or was reset before the response
   * was whole. Everything else throws.
   */
  public @Nullable Reply readOrCut(String method) throws IOException {
    try {
      return read(method);
    } catch (EOFException | java.net.SocketException e) {
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    peer.close();
  }

  /**
   * A response.
   *
   * @param headers lines as received
   * @param trailers lines as received
   */
  public record Reply(int status, List<String> headers, String body, List<String> trailers) {
    /** The value of the only field of that name, null without one. */
    public @Nullable String header(String name) {
      var values = headers(name);
      if (values.size() > 1) {
        throw new AssertionError(name + " more than once: " + headers);
      }
      return values.isEmpty() ? null : values.getFirst();
    }

    /** The values of all fields of that name. */
    public List<String> headers(String name) {
      var values = new ArrayList<String>();
      for (String line : headers) {
        int colon = line.indexOf(':');
        if (line.substring(0, colon).toLowerCase(Locale.ROOT).equals(name)) {
          values.add(line.substring(colon + 1).strip());
        }
      }
      return values;
    }

    Reply withBody(String text, List<String> trailerLines) {
      return new Reply(status, headers, text, trailerLines);
    }
  }
}
