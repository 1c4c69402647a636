package io.weft.codec.h2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.weft.http.Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client that sends any frame, checks nothing, and answers nothing but SETTINGS. Reads when it is
 * asked to.
 */
final class RawHttp2 implements AutoCloseable {
  /** A frame that came. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  record Got(int type, int flags, int id, byte[] payload) {
    boolean is(int wanted) {
      return type == wanted;
    }

    boolean last() {
      return (type == Frame.DATA || type == Frame.HEADERS) && (flags & Frame.END_STREAM) != 0;
    }

    int code() {
      return ByteBuffer.wrap(payload).getInt(type == Frame.GOAWAY ? 4 : 0);
    }
  }

  /** What has come of a stream. */
  static final class Reply {
    int status;
    @Nullable Headers headers;
    @Nullable Headers trailers;
    final List<Integer> interim = new ArrayList<>();
    final ByteArrayOutputStream body = new ByteArrayOutputStream();
    boolean ended;
    int reset = -1;

    String text() {
      return body.toString(ISO_8859_1);
    }
  }

  private final Socket socket;
  private final DataInputStream in;
  private final HpackDecoder decoder = new HpackDecoder(4096);
  final Map<Integer, Reply> replies = new HashMap<>();
  final List<Got> goaways = new ArrayList<>();
  final Map<Integer, Integer> settings = new HashMap<>();
  int pongs;
  boolean eof;
  private int nextId = 1;

  private RawHttp2(Socket socket) throws IOException {
    this.socket = socket;
    in = new DataInputStream(socket.getInputStream());
  }

  /** Connects and sends the preface and settings, given as numbers and values in turn. */
  static RawHttp2 connect(int port, int... settings) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(5_000);
    socket.setTcpNoDelay(true);
    var client = new RawHttp2(socket);
    var payload = ByteBuffer.allocate(settings.length * 3);
    for (int i = 0; i < settings.length; i += 2) {
      payload.putShort((short) settings[i]).putInt(settings[i + 1]);
    }
    socket.getOutputStream().write(FrameReader.PREFACE);
    client.send(Frame.SETTINGS, 0, 0, payload.array());
    return client;
  }

  static byte[] frame(int type, int flags, int id, byte[] payload) {
    byte[] frame = new byte[Frame.HEADER_BYTES + payload.length];
    Frame.header(frame, 0, payload.length, type, flags, id);
    System.arraycopy(payload, 0, frame, Frame.HEADER_BYTES, payload.length);
    return frame;
  }

  void send(int type, int flags, int id, byte[] payload) throws IOException {
    socket.getOutputStream().write(frame(type, flags, id, payload));
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  static byte[] integer(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  int newId() {
    int id = nextId;
    nextId += 2;
    return id;
  }

  /** Fields as literals that no table keeps; values of any length. */
  static byte[] block(String... namesAndValues) {
    var block = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      block.write(0);
      string(block, namesAndValues[i]);
      string(block, namesAndValues[i + 1]);
    }
    return block.toByteArray();
  }

  private static void string(ByteArrayOutputStream to, String text) {
    int length = text.length();
    if (length < 127) {
      to.write(length);
    } else {
      to.write(127);
      length -= 127;
      while (length >= 128) {
        to.write(length & 127 | 128);
        length >>>= 7;
      }
      to.write(length);
    }
    to.writeBytes(text.getBytes(ISO_8859_1));
  }

  static String[] fields(String method, String path, String... more) {
    var all = new ArrayList<String>();
    all.addAll(List.of(":method", method, ":scheme", "http", ":authority", "raw.test"));
    all.addAll(List.of(":path", path));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  /** Sends a GET; returns its stream. */
  int get(String path, String... more) throws IOException {
    return request(true, fields("GET", path, more));
  }

  /** Sends the head of a POST; returns its stream. */
  int post(String path, String... more) throws IOException {
    return request(false, fields("POST", path, more));
  }

  int request(boolean end, String... fields) throws IOException {
    int id = newId();
    int flags = Frame.END_HEADERS | (end ? Frame.END_STREAM : 0);
    send(Frame.HEADERS, flags, id, block(fields));
    return id;
  }

  void data(int id, String text, boolean end) throws IOException {
    send(Frame.DATA, end ? Frame.END_STREAM : 0, id, text.getBytes(ISO_8859_1));
  }

  void windowUpdate(int id, int bytes) throws IOException {
    send(Frame.WINDOW_UPDATE, 0, id, integer(bytes));
  }

  void reset(int id) throws IOException {
    send(Frame.RST_STREAM, 0, id, integer(ErrorCode.CANCEL));
  }

  Reply reply(int id) {
    return replies.computeIfAbsent(id, _ -> new Reply());
  }

  /** Reads one frame and takes it in; null at the end of the connection. */
  @Nullable Got read() throws IOException {
    Got got;
    try {
      int word = in.readInt();
      int flags = in.readUnsignedByte();
      int id = in.readInt();
      byte[] payload = new byte[word >>> 8];
      in.readFully(payload);
      got = new Got(word & 255, flags, id, payload);
    } catch (EOFException | SocketException e) {
      eof = true;
      return null;
    }
    take(got);
    return got;
  }

  /** Reads one frame; the connection must not end before it. */
  Got next() throws IOException {
    Got got = read();
    if (got == null) {
      throw new EOFException("the connection has ended");
    }
    return got;
  }

  private void take(Got got) throws IOException {
    switch (got.type) {
      case Frame.SETTINGS -> {
        if ((got.flags & Frame.ACK) == 0) {
          var values = ByteBuffer.wrap(got.payload);
          while (values.hasRemaining()) {
            settings.put((int) values.getShort(), values.getInt());
          }
          send(Frame.SETTINGS, Frame.ACK, 0, new byte[0]);
        }
      }
      case Frame.PING -> pongs += got.flags & Frame.ACK;
      case Frame.GOAWAY -> goaways.add(got);
      case Frame.RST_STREAM -> reply(got.id).reset = got.code();
      case Frame.DATA -> {
        Reply reply = reply(got.id);
        reply.body.writeBytes(got.payload);
        reply.ended |= got.last();
      }
      case Frame.HEADERS -> headers(got);
      default -> {}
    }
  }

  private void headers(Got got) throws IOException {
    Reply reply = reply(got.id);
    var head = new HeadBuilder();
    boolean trailers = reply.status > 0;
    head.begin(trailers ? HeadBuilder.Kind.TRAILERS : HeadBuilder.Kind.RESPONSE, 1000, 1 << 20);
    decoder.decode(got.payload, 0, got.payload.length, head);
    int status = head.status;
    if (trailers) {
      reply.trailers = head.finish();
    } else if (status < 200) {
      reply.interim.add(status);
    } else {
      reply.status = status;
      reply.headers = head.finish();
    }
    reply.ended |= got.last();
  }

  /** Reads until the stream has ended or was reset, or the connection is over. */
  Reply await(int id) throws IOException {
    Reply reply = reply(id);
    while (!reply.ended && reply.reset < 0 && !eof) {
      read();
    }
    return reply;
  }

  /** Reads until the connection is over. */
  void awaitEnd() throws IOException {
    while (!eof) {
      read();
    }
  }

  /** Reads until the server's settings have come, and answers them. */
  void awaitSettings() throws IOException {
    while (settings.isEmpty()) {
      next();
    }
  }

  /** Reads until a GOAWAY has come; its code. */
  int awaitGoaway() throws IOException {
    while (goaways.isEmpty() && !eof) {
      read();
    }
    return goaways.isEmpty() ? -1 : goaways.getFirst().code();
  }

  /** The last stream that a GOAWAY names. */
  static int lastStream(Got goaway) {
    return ByteBuffer.wrap(goaway.payload).getInt(0);
  }

  void answerPing(Got ping) throws IOException {
    send(Frame.PING, Frame.ACK, 0, ping.payload);
  }

  void disconnect() throws IOException {
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
