package io.weft.testing;

import java.io.EOFException;
import java.io.IOException;
import java.util.List;

/**
 * An exchange in HTTP/1.1. A message whose head names no {@code content-length} goes out in chunks,
 * or, a response with {@code connection: close}, up to the end of the connection.
 */
public final class Http1Exchange implements TestExchange {
  private final Peer peer;
  private String method = "";
  private boolean chunksOut;
  private boolean sentWhole;
  private boolean endsConnection;
  private Fields trailers = Fields.none();

  /** Bytes of the body still to come, or of its chunk. */
  private long left;

  private boolean chunksIn;
  private boolean untilClose;
  private boolean over;

  /** An exchange that begins with what comes next, or with what is sent. */
  public Http1Exchange(Peer peer) {
    this.peer = peer;
  }

  /** Whether both messages were whole, so that another exchange may follow. */
  public boolean isWhole() {
    return over && sentWhole && !endsConnection;
  }

  @Override
  public void sendHead(boolean last, String... fields) throws IOException {
    boolean framed = false;
    boolean close = false;
    String status = "";
    String path = "";
    var lines = new StringBuilder();
    for (int i = 0; i < fields.length; i += 2) {
      String value = fields[i + 1];
      switch (fields[i]) {
        case ":method" -> method = value;
        case ":path" -> path = value;
        case ":status" -> status = value;
        case ":scheme" -> {}
        case ":authority" -> line(lines, "host", value);
        default -> {
          framed |= fields[i].equals("content-length");
          close |= fields[i].equals("connection") && value.equals("close");
          line(lines, fields[i], value);
        }
      }
    }
    boolean request = status.isEmpty();
    endsConnection |= close;
    chunksOut = !last && !framed && (request || !close) && !status.startsWith("1");
    if (chunksOut) {
      line(lines, "transfer-encoding", "chunked");
    } else if (last && !request && !framed && !isBare(status)) {
      line(lines, "content-length", "0");
    }
    String first = request ? method + " " + path + " HTTP/1.1" : "HTTP/1.1 " + status + " Said";
    peer.send(first + "\r\n" + lines + "\r\n");
    sentWhole = last && !status.startsWith("1");
  }

  private static void line(StringBuilder to, String name, String value) {
    to.append(name).append(": ").append(value).append("\r\n");
  }

  private boolean isBare(String status) {
    return status.startsWith("1")
        || status.equals("204")
        || status.equals("304")
        || method.equals("HEAD");
  }

  @Override
  public void send(String data) throws IOException {
    if (chunksOut) {
      peer.send(Integer.toHexString(data.length()) + "\r\n" + data + "\r\n");
    } else {
      peer.send(data);
    }
  }

  @Override
  public void end(String... fields) throws IOException {
    var lines = new StringBuilder();
    for (int i = 0; i < fields.length; i += 2) {
      line(lines, fields[i], fields[i + 1]);
    }
    if (chunksOut) {
      peer.send("0\r\n" + lines + "\r\n");
    } else if (fields.length > 0) {
      throw new IllegalArgumentException("trailers without chunks");
    }
    sentWhole = true;
  }

  @Override
  public Fields head() throws IOException {
    List<String> lines = peer.readUntil("\r\n\r\n").lines().toList();
    String[] first = lines.getFirst().split(" ", 3);
    var fields = Fields.none();
    boolean request = !lines.getFirst().startsWith("HTTP/1.1 ");
    if (request) {
      method = first[0];
      fields.add(":method", first[0]);
      fields.add(":path", first[1]);
    } else {
      fields.add(":status", first[1]);
    }
    for (String line : lines.subList(1, lines.size() - 1)) {
      int colon = line.indexOf(':');
      String name = line.substring(0, colon);
      fields.add(
          request && name.equalsIgnoreCase("host") ? ":authority" : name,
          line.substring(colon + 1).strip());
    }
    frame(fields, request);
    return fields;
  }

  private void frame(Fields fields, boolean request) throws IOException {
    String coding = fields.only("transfer-encoding");
    String length = fields.only("content-length");
    if (coding != null && (length != null || !coding.equals("chunked"))) {
      throw new AssertionError("framed twice, or in an unknown coding: " + fields);
    }
    left = 0;
    chunksIn = false;
    untilClose = false;
    over = false;
    if (!request && isBare(fields.only(":status") + "")) {
      over = fields.status() >= 200;
    } else if (coding != null) {
      chunksIn = true;
    } else if (length != null) {
      left = Long.parseLong(length);
      over = left == 0;
    } else {
      untilClose = !request;
      over = request;
    }
  }

  /** Whether there are bytes to come; reads the frame around them. */
  private boolean more() throws IOException {
    if (over || left > 0 || untilClose) {
      return !over;
    }
    if (!chunksIn) {
      over = true;
      return false;
    }
    left = Long.parseLong(peer.readUntil("\r\n").strip(), 16);
    if (left > 0) {
      return true;
    }
    trailers = Fields.none();
    for (var line = peer.readUntil("\r\n"); !line.equals("\r\n"); line = peer.readUntil("\r\n")) {
      int colon = line.indexOf(':');
      trailers.add(line.substring(0, colon), line.substring(colon + 1).strip());
    }
    over = true;
    return false;
  }

  @Override
  public String read(int count) throws IOException {
    var text = new StringBuilder();
    while (text.length() < count) {
      if (!more()) {
        throw new EOFException("the body ended after " + text.length() + " bytes of " + count);
      }
      int part = untilClose ? 1 : (int) Math.min(left, count - text.length());
      text.append(peer.read(part));
      taken(part);
    }
    return text.toString();
  }

  private void taken(int count) throws IOException {
    if (!untilClose) {
      left -= count;
      if (left == 0 && chunksIn) {
        peer.readUntil("\r\n");
      } else if (left == 0) {
        over = true;
      }
    }
  }

  @Override
  public String rest() throws IOException {
    if (untilClose) {
      over = true;
      return peer.readAll();
    }
    var text = new StringBuilder();
    while (more()) {
      int part = (int) left;
      text.append(peer.read(part));
      taken(part);
    }
    return text.toString();
  }

  @Override
  public Fields trailers() {
    return trailers;
  }

  @Override
  public void reset() throws IOException {
    peer.reset();
  }

  @Override
  public void cut() throws IOException {
    peer.cut();
  }

  @Override
  public void halfClose() throws IOException {
    peer.halfClose();
  }

  @Override
  public void awaitGivenUp() {
    peer.readToEnding();
  }

  @Override
  public void close() throws IOException {
    peer.close();
  }
}
