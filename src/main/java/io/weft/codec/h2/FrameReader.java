package io.weft.codec.h2;

import io.weft.carrier.CarrierLocal;
import io.weft.codec.Timeouts;
import io.weft.net.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Takes frames apart as they come off the wire, checks what can be told without a stream (RFC 9113
 * 4 and 6), and tells the connection. Belongs to the connection's reader.
 */
final class FrameReader {
  /** What a client begins with. */
  static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final CarrierLocal<byte[]> BLOCKS =
      new CarrierLocal<>(carrier -> new byte[Frame.MAX_BYTES]);
  private static final byte[] NONE = new byte[0];

  private final Http2Connection connection;
  private final FloodGuard floods;
  private boolean preface;
  private boolean first = true;

  /** The stream whose header block has begun and not ended, or 0. */
  private int continued;

  private boolean continuedLast;
  private byte[] block = NONE;
  private int blockEnd;
  private int continuations;

  FrameReader(Http2Connection connection, Http2Options options, Http2Stats stats) {
    this.connection = connection;
    floods = new FloodGuard(options, stats, connection.carrier.nowNanos());
    preface = connection.expectsPreface();
  }

  /** Takes all frames that are there as a whole. */
  void consume(Buffer in) throws ConnectionError {
    if (preface && !takePreface(in)) {
      return;
    }
    ByteBuffer bytes = in.bytes();
    while (in.readable() >= Frame.HEADER_BYTES) {
      bytes.clear();
      int word = bytes.getInt(in.start);
      int length = word >>> 8;
      if (length > Frame.MAX_BYTES) {
        throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, "a frame of " + length + " bytes");
      }
      if (in.readable() < Frame.HEADER_BYTES + length) {
        break;
      }
      int flags = bytes.get(in.start + 4) & 255;
      int id = bytes.getInt(in.start + 5) & Integer.MAX_VALUE;
      int at = in.start + Frame.HEADER_BYTES;
      in.start = at + length;
      frame(word & 255, flags, id, in, at, length);
      connection.checkOutput();
      if (connection.isEnding()) {
        in.clear();
        return;
      }
    }
  }

  private boolean takePreface(Buffer in) throws ConnectionError {
    int there = Math.min(in.readable(), PREFACE.length);
    for (int i = 0; i < there; i++) {
      if (in.at(in.start + i) != PREFACE[i]) {
        throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "no client preface");
      }
    }
    if (there < PREFACE.length) {
      return false;
    }
    in.start += PREFACE.length;
    preface = false;
    return true;
  }

  private void frame(int type, int flags, int id, Buffer in, int at, int length)
      throws ConnectionError {
    if (continued != 0 && (type != Frame.CONTINUATION || id != continued)) {
      throw protocolError("a frame within a header block");
    }
    if (first) {
      if (type != Frame.SETTINGS || (flags & Frame.ACK) != 0) {
        throw protocolError("a connection that does not begin with SETTINGS");
      }
      first = false;
    }
    switch (type) {
      case Frame.DATA -> data(flags, id, in, at, length);
      case Frame.HEADERS -> headers(flags, id, in, at, length);
      case Frame.PRIORITY -> priority(id, in, at, length);
      case Frame.RST_STREAM -> {
        checkStream(id, "RST_STREAM");
        checkLength(length, 4, "RST_STREAM");
        connection.resetReceived(id, in.bytes().getInt(at));
      }
      case Frame.SETTINGS -> settings(flags, id, in, at, length);
      case Frame.PUSH_PROMISE -> throw protocolError("PUSH_PROMISE");
      case Frame.PING -> {
        checkConnection(id, "PING");
        checkLength(length, 8, "PING");
        useless();
        connection.pingReceived((flags & Frame.ACK) != 0, in.bytes().getLong(at));
      }
      case Frame.GOAWAY -> {
        checkConnection(id, "GOAWAY");
        if (length < 8) {
          throw sizeError("GOAWAY", length);
        }
        useless();
        int last = in.bytes().getInt(at) & Integer.MAX_VALUE;
        connection.goawayReceived(last, in.bytes().getInt(at + 4));
      }
      case Frame.WINDOW_UPDATE -> {
        checkLength(length, 4, "WINDOW_UPDATE");
        floods.onWindowUpdate(connection.streamsOpened(), connection.dataFramesSent);
        connection.windowUpdateReceived(id, in.bytes().getInt(at) & Integer.MAX_VALUE);
      }
      case Frame.CONTINUATION -> continuation(flags, id, in, at, length);
      default -> useless(); // RFC 9113 4.1: frames of unknown types are ignored
    }
  }

  private void useless() throws ConnectionError {
    floods.onUseless(connection.carrier.nowNanos());
  }

  private void data(int flags, int id, Buffer in, int at, int length) throws ConnectionError {
    checkStream(id, "DATA");
    int from = at;
    int padding = 0;
    if ((flags & Frame.PADDED) != 0) {
      padding = padding(in, at, length);
      from++;
    }
    int count = length - padding;
    boolean last = (flags & Frame.END_STREAM) != 0;
    floods.onContent(count, last);
    connection.dataReceived(id, in, from, count, padding, last);
  }

  /** The bytes of a frame that are padding, the one that says so among them. */
  private static int padding(Buffer in, int at, int length) throws ConnectionError {
    int padding = length == 0 ? 0 : 1 + (in.at(at) & 255);
    if (padding == 0 || padding > length) {
      throw protocolError("padding of " + (padding - 1) + " bytes in a frame of " + length);
    }
    return padding;
  }

  private void headers(int flags, int id, Buffer in, int at, int length) throws ConnectionError {
    checkStream(id, "HEADERS");
    int from = at;
    int until = at + length;
    if ((flags & Frame.PADDED) != 0) {
      int padding = padding(in, at, length);
      from++;
      until -= padding - 1;
    }
    boolean dependsOnItself = false;
    if ((flags & Frame.WITH_PRIORITY) != 0) {
      if (until - from < 5) {
        throw sizeError("HEADERS", length);
      }
      dependsOnItself = (in.bytes().getInt(from) & Integer.MAX_VALUE) == id;
      from += 5;
    }
    int count = until - from;
    boolean last = (flags & Frame.END_STREAM) != 0;
    boolean whole = (flags & Frame.END_HEADERS) != 0;
    floods.onContent(count, last || whole);
    if (whole) {
      byte[] bytes = BLOCKS.get();
      in.copyOut(from, bytes, 0, count);
      connection.headers(id, last, bytes, 0, count);
    } else {
      continued = id;
      continuedLast = last;
      continuations = 0;
      block = new byte[Math.max(count * 2, 1024)];
      in.copyOut(from, block, 0, count);
      blockEnd = count;
      long patience = connection.headersNanos();
      if (patience != Timeouts.NONE) {
        connection.frameTimeout(connection.carrier.nowNanos() + patience);
      }
    }
    if (dependsOnItself) {
      connection.priorityReceived(id, id);
    }
  }

  private void continuation(int flags, int id, Buffer in, int at, int length)
      throws ConnectionError {
    if (continued == 0) {
      throw protocolError("CONTINUATION of nothing");
    }
    boolean whole = (flags & Frame.END_HEADERS) != 0;
    floods.onContent(length, whole);
    if (++continuations > connection.maxContinuations()
        || blockEnd + length > connection.maxBlock()) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "a header block that is too long");
    }
    if (blockEnd + length > block.length) {
      block = Arrays.copyOf(block, Math.max(blockEnd + length, block.length * 2));
    }
    in.copyOut(at, block, blockEnd, length);
    blockEnd += length;
    if (whole) {
      byte[] bytes = block;
      block = NONE;
      continued = 0;
      connection.frameTimeout(Long.MAX_VALUE);
      connection.headers(id, continuedLast, bytes, 0, blockEnd);
    }
  }

  private void priority(int id, Buffer in, int at, int length) throws ConnectionError {
    checkStream(id, "PRIORITY");
    floods.onPriority(connection.streamsOpened(), connection.carrier.nowNanos());
    if (length != 5) {
      connection.badPriority(id);
    } else {
      connection.priorityReceived(id, in.bytes().getInt(at) & Integer.MAX_VALUE);
    }
  }

  private void settings(int flags, int id, Buffer in, int at, int length) throws ConnectionError {
    checkConnection(id, "SETTINGS");
    useless();
    if ((flags & Frame.ACK) != 0) {
      checkLength(length, 0, "SETTINGS");
      connection.settingsAcknowledged();
      return;
    }
    if (length % 6 != 0) {
      throw sizeError("SETTINGS", length);
    }
    connection.settingsReceived(in.bytes(), at, length);
  }

  private static void checkStream(int id, String type) throws ConnectionError {
    if (id == 0) {
      throw protocolError(type + " on stream 0");
    }
  }

  private static void checkConnection(int id, String type) throws ConnectionError {
    if (id != 0) {
      throw protocolError(type + " on stream " + id);
    }
  }

  private static void checkLength(int length, int expected, String type) throws ConnectionError {
    if (length != expected) {
      throw sizeError(type, length);
    }
  }

  private static ConnectionError sizeError(String type, int length) {
    return new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, type + " of " + length + " bytes");
  }

  private static ConnectionError protocolError(String what) {
    return new ConnectionError(ErrorCode.PROTOCOL_ERROR, what);
  }
}
