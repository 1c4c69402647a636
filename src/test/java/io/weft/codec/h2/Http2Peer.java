package io.weft.codec.h2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.weft.http.Headers;
import io.weft.testing.Peer;
import io.weft.testing.TestExchange;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Either end of an HTTP/2 connection, one exchange after the other. It reads when it waits for
 * something, keeps the windows of the other end, and gives it windows that it will not fill.
 */
public final class Http2Peer {
  private static final int WINDOW = 1 << 30;
  private static final int MAX_FRAME = 16384;

  private final Peer peer;
  private final boolean server;
  private final HpackDecoder decoder = new HpackDecoder(4096);
  private final Map<Integer, Stream> streams = new HashMap<>();
  private final ArrayDeque<Stream> asked = new ArrayDeque<>();
  private int nextId = 1;
  private int initialWindow = 65_535;
  private int window = 65_535;

  /** Takes over a connection and says what either end says first. */
  public Http2Peer(Peer peer, boolean server) throws IOException {
    this.peer = peer;
    this.server = server;
    if (server) {
      peer.readBytes(FrameReader.PREFACE.length);
    } else {
      peer.send(FrameReader.PREFACE);
    }
    var settings = ByteBuffer.allocate(6).putShort((short) 4).putInt(WINDOW).array();
    send(Frame.SETTINGS, 0, 0, settings);
    send(Frame.WINDOW_UPDATE, 0, 0, RawHttp2.integer(WINDOW));
  }

  /** An exchange that this end, a client, begins. */
  public TestExchange open() {
    var stream = new Stream(nextId);
    nextId += 2;
    streams.put(stream.id, stream);
    return stream;
  }

  /** The next exchange that the other end, a client, begins. */
  public TestExchange next() throws IOException {
    while (asked.isEmpty()) {
      readFrame();
    }
    return asked.removeFirst();
  }

  private void send(int type, int flags, int id, byte[] payload) throws IOException {
    peer.send(RawHttp2.frame(type, flags, id, payload));
  }

  private void readFrame() throws IOException {
    var head = ByteBuffer.wrap(peer.readBytes(Frame.HEADER_BYTES));
    int word = head.getInt();
    int type = word & 255;
    int flags = head.get() & 255;
    int id = head.getInt();
    byte[] payload = peer.readBytes(word >>> 8);
    Stream stream = streams.get(id);
    switch (type) {
      case Frame.SETTINGS -> settings(flags, payload);
      case Frame.PING -> {
        if ((flags & Frame.ACK) == 0) {
          send(Frame.PING, Frame.ACK, 0, payload);
        }
      }
      case Frame.WINDOW_UPDATE -> {
        int more = ByteBuffer.wrap(payload).getInt();
        if (id == 0) {
          window += more;
        } else if (stream != null) {
          stream.sendWindow += more;
        }
      }
      case Frame.HEADERS -> {
        if (stream == null && server) {
          stream = new Stream(id);
          streams.put(id, stream);
          asked.add(stream);
        }
        headers(stream, flags, payload);
      }
      case Frame.DATA -> {
        if (stream != null) {
          stream.body.append(new String(payload, ISO_8859_1));
          stream.ended |= (flags & Frame.END_STREAM) != 0;
        }
      }
      case Frame.RST_STREAM -> {
        if (stream != null) {
          stream.resetCode = ByteBuffer.wrap(payload).getInt();
        }
      }
      default -> {}
    }
  }

  private void settings(int flags, byte[] payload) throws IOException {
    if ((flags & Frame.ACK) != 0) {
      return;
    }
    var values = ByteBuffer.wrap(payload);
    while (values.hasRemaining()) {
      int name = values.getShort();
      int value = values.getInt();
      if (name == 4) {
        for (Stream stream : streams.values()) {
          stream.sendWindow += value - initialWindow;
        }
        initialWindow = value;
      }
    }
    send(Frame.SETTINGS, Frame.ACK, 0, new byte[0]);
  }

  /** A block may be of several frames. */
  private void headers(@Nullable Stream stream, int flags, byte[] first) throws IOException {
    byte[] block = first;
    boolean whole = (flags & Frame.END_HEADERS) != 0;
    while (!whole) {
      var head = ByteBuffer.wrap(peer.readBytes(Frame.HEADER_BYTES));
      byte[] more = peer.readBytes(head.getInt() >>> 8);
      whole = (head.get() & Frame.END_HEADERS) != 0;
      block = ByteBuffer.allocate(block.length + more.length).put(block).put(more).array();
    }
    var head = new HeadBuilder();
    boolean trailers = stream != null && stream.finalHead;
    var kind =
        trailers
            ? HeadBuilder.Kind.TRAILERS
            : server ? HeadBuilder.Kind.REQUEST : HeadBuilder.Kind.RESPONSE;
    head.begin(kind, 1000, 1 << 20);
    decoder.decode(block, 0, block.length, head);
    if (head.problem() != null) {
      throw new AssertionError(head.problem());
    }
    var fields = TestExchange.Fields.none();
    pseudo(fields, ":method", head.method);
    pseudo(fields, ":path", head.path);
    pseudo(fields, ":authority", head.authority);
    pseudo(fields, ":scheme", head.scheme);
    pseudo(fields, ":status", head.status == 0 ? null : "" + head.status);
    Headers regular = head.finish();
    regular.forEach((name, value) -> {
      if (!(server && name.equalsIgnoreCase("host"))) {
        fields.add(name, value);
      }
    });
    if (stream == null) {
      return;
    }
    if (trailers) {
      stream.trailers = fields;
    } else {
      stream.heads.add(fields);
      stream.finalHead = server || head.status >= 200;
    }
    stream.ended |= (flags & Frame.END_STREAM) != 0;
  }

  private static void pseudo(TestExchange.Fields to, String name, @Nullable String value) {
    if (value != null) {
      to.add(name, value);
    }
  }

  private final class Stream implements TestExchange {
    final int id;
    final ArrayDeque<Fields> heads = new ArrayDeque<>();
    final StringBuilder body = new StringBuilder();
    Fields trailers = Fields.none();
    boolean finalHead;
    boolean ended;
    int resetCode = -1;
    int sendWindow = initialWindow;
    boolean sentEnd;

    Stream(int id) {
      this.id = id;
    }

    @Override
    public void sendHead(boolean last, String... fields) throws IOException {
      sentEnd = last;
      block(last, fields);
    }

    private void block(boolean last, String... fields) throws IOException {
      byte[] block = RawHttp2.block(fields);
      int at = Math.min(block.length, MAX_FRAME);
      boolean whole = at == block.length;
      int flags = (last ? Frame.END_STREAM : 0) | (whole ? Frame.END_HEADERS : 0);
      Http2Peer.this.send(Frame.HEADERS, flags, id, java.util.Arrays.copyOf(block, at));
      while (at < block.length) {
        int until = Math.min(block.length, at + MAX_FRAME);
        byte[] part = java.util.Arrays.copyOfRange(block, at, until);
        at = until;
        int end = at == block.length ? Frame.END_HEADERS : 0;
        Http2Peer.this.send(Frame.CONTINUATION, end, id, part);
      }
    }

    @Override
    public void send(String data) throws IOException {
      byte[] bytes = data.getBytes(ISO_8859_1);
      int at = 0;
      while (at < bytes.length) {
        int room = Math.min(Math.min(window, sendWindow), MAX_FRAME);
        if (room <= 0) {
          readUnlessReset();
          continue;
        }
        int until = Math.min(bytes.length, at + room);
        window -= until - at;
        sendWindow -= until - at;
        byte[] part = java.util.Arrays.copyOfRange(bytes, at, until);
        Http2Peer.this.send(Frame.DATA, 0, id, part);
        at = until;
      }
    }

    @Override
    public void end(String... fields) throws IOException {
      sentEnd = true;
      if (fields.length > 0) {
        block(true, fields);
      } else {
        Http2Peer.this.send(Frame.DATA, Frame.END_STREAM, id, new byte[0]);
      }
    }

    private void readUnlessReset() throws IOException {
      if (resetCode >= 0) {
        throw new EOFException("stream " + id + " was reset: " + ErrorCode.name(resetCode));
      }
      readFrame();
    }

    @Override
    public Fields head() throws IOException {
      while (heads.isEmpty()) {
        readUnlessReset();
      }
      return heads.removeFirst();
    }

    @Override
    public String read(int count) throws IOException {
      while (body.length() < count) {
        if (ended) {
          throw new EOFException("the body ended after " + body.length() + " bytes of " + count);
        }
        readUnlessReset();
      }
      String text = body.substring(0, count);
      body.delete(0, count);
      return text;
    }

    @Override
    public String rest() throws IOException {
      while (!ended) {
        readUnlessReset();
      }
      return read(body.length());
    }

    @Override
    public Fields trailers() {
      return trailers;
    }

    @Override
    public void reset() throws IOException {
      Http2Peer.this.send(Frame.RST_STREAM, 0, id, RawHttp2.integer(ErrorCode.CANCEL));
    }

    @Override
    public void cut() throws IOException {
      peer.cut();
    }

    @Override
    public void halfClose() throws IOException {
      if (!sentEnd) {
        end();
      }
    }

    @Override
    public void awaitGivenUp() throws IOException {
      try {
        while (resetCode < 0) {
          readFrame();
        }
      } catch (IOException e) {
        // the connection is over, and the exchange with it
      }
    }

    @Override
    public void close() throws IOException {
      peer.close();
    }
  }
}
