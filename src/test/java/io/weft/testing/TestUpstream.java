package io.weft.testing;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server that answers as a test says: it reads a head, then runs the script, which may
 * read the body and sends whatever bytes it likes. The connection stays until the script ends it.
 */
public final class TestUpstream implements Closeable {
  /** Answers one request. */
  @FunctionalInterface
  public interface Script {
    void answer(Exchange exchange) throws Exception;
  }

  private final List<Exchange> exchanges = new CopyOnWriteArrayList<>();
  private final ScriptedServer server;

  private TestUpstream(Script script) throws IOException {
    server = ScriptedServer.start(peer -> serve(peer, script));
  }

  public static TestUpstream start(Script script) throws IOException {
    return new TestUpstream(script);
  }

  /** A server that answers every request with 200 and this body, once it has read the request. */
  public static TestUpstream answering(String body) throws IOException {
    return start(exchange -> {
      exchange.readBody();
      exchange.ok(body);
    });
  }

  private void serve(Peer peer, Script script) throws Exception {
    for (int i = 0; ; i++) {
      var exchange = new Exchange(peer, i, peer.readUntil("\r\n\r\n"));
      exchanges.add(exchange);
      script.answer(exchange);
      if (exchange.ended.get()) {
        return;
      }
    }
  }

  public int port() {
    return server.port();
  }

  /** How many connections were accepted so far. */
  public int connections() {
    return server.accepted();
  }

  /** The requests whose heads have come so far. */
  public List<Exchange> exchanges() {
    return exchanges;
  }

  /** The only request so far. */
  public Exchange only() {
    if (exchanges.size() != 1) {
      throw new AssertionError(exchanges.size() + " requests (expected: one): " + exchanges);
    }
    return exchanges.getFirst();
  }

  /** For scripts: waits until the server is closed. */
  public void stall() throws InterruptedException {
    server.stall();
  }

  /** Further connections are refused. */
  public void refuse() throws IOException {
    server.refuse();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  /** One request and what is sent for it. */
  public static final class Exchange {
    private final Peer peer;
    private final int index;
    private final String head;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile @Nullable String body;
    private volatile List<String> trailers = List.of();

    private Exchange(Peer peer, int index, String head) {
      this.peer = peer;
      this.index = index;
      this.head = head;
    }

    /** The bytes below. */
    public Peer peer() {
      return peer;
    }

    /** Its number on its connection, from 0. */
    public int index() {
      return index;
    }

    /** The request line without its end. */
    public String line() {
      return head.substring(0, head.indexOf("\r\n"));
    }

    /** The target of the request. */
    public String path() {
      return line().substring(line().indexOf(' ') + 1, line().lastIndexOf(' '));
    }

    /** The header lines as received. */
    public List<String> headerLines() {
      var lines = new ArrayList<>(List.of(head.split("\r\n")));
      lines.removeFirst();
      return lines;
    }

    /** The value of the only field of that name, null without one. */
    public @Nullable String header(String name) {
      return new RawClient.Reply(0, headerLines(), "", List.of()).header(name);
    }

    /** The values of all fields of that name. */
    public List<String> headers(String name) {
      return new RawClient.Reply(0, headerLines(), "", List.of()).headers(name);
    }

    /** Reads the body to its end by its framing, and its trailers. */
    public String readBody() throws IOException {
      var length = header("content-length");
      var coding = header("transfer-encoding");
      String text = "";
      if (coding != null && coding.toLowerCase(Locale.ROOT).equals("chunked")) {
        text = readChunks();
      } else if (length != null) {
        text = peer.read(Integer.parseInt(length));
      }
      body = text;
      return text;
    }

    private String readChunks() throws IOException {
      var text = new StringBuilder();
      for (String chunk = readChunk(); !chunk.isEmpty(); chunk = readChunk()) {
        text.append(chunk);
      }
      return text.toString();
    }

    /** The next chunk of a body; the empty one is the last, and its trailers are read too. */
    public String readChunk() throws IOException {
      int size = Integer.parseInt(peer.readUntil("\r\n").strip(), 16);
      if (size > 0) {
        var data = peer.read(size);
        peer.readUntil("\r\n");
        return data;
      }
      var lines = new ArrayList<String>();
      for (var line = peer.readUntil("\r\n"); !line.equals("\r\n"); line = peer.readUntil("\r\n")) {
        lines.add(line.strip());
      }
      trailers = lines;
      return "";
    }

    /** What {@link #readBody} gave, null while it has not. */
    public @Nullable String body() {
      return body;
    }

    /** The trailers that were read, as lines. */
    public List<String> trailers() {
      return trailers;
    }

    public Exchange send(String text) throws IOException {
      peer.send(text);
      return this;
    }

    /** A whole response with status 200 and a length. */
    public Exchange ok(String text, String... headerLines) throws IOException {
      return send(response(text, headerLines));
    }

    /** Ends the connection after this exchange. */
    public void close() {
      ended.set(true);
    }

    /** Resets the connection. */
    public void reset() throws IOException {
      ended.set(true);
      peer.reset();
    }

    @Override
    public String toString() {
      return line();
    }
  }

  /** A whole response with status 200 and a length. */
  public static String response(String text, String... headerLines) {
    var head = new StringBuilder("HTTP/1.1 200 OK\r\ncontent-length: " + text.length() + "\r\n");
    for (String line : headerLines) {
      head.append(line).append("\r\n");
    }
    return head.append("\r\n").append(text).toString();
  }
}
