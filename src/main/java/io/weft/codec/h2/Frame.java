package io.weft.codec.h2;

/** Types, flags and sizes of frames (RFC 9113 4 and 6). */
final class Frame {
  static final int HEADER_BYTES = 9;

  /** What a peer may send before it is told otherwise, and what this side ever takes. */
  static final int MAX_BYTES = 16_384;

  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int ACK = 1;
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;
  static final int WITH_PRIORITY = 0x20;

  private Frame() {}

  /** Writes a frame header; returns the index behind it. */
  static int header(byte[] to, int at, int length, int type, int flags, int stream) {
    to[at] = (byte) (length >>> 16);
    to[at + 1] = (byte) (length >>> 8);
    to[at + 2] = (byte) length;
    to[at + 3] = (byte) type;
    to[at + 4] = (byte) flags;
    return integer(to, at + 5, stream);
  }

  /** Writes four bytes; returns the index behind them. */
  static int integer(byte[] to, int at, int value) {
    to[at] = (byte) (value >>> 24);
    to[at + 1] = (byte) (value >>> 16);
    to[at + 2] = (byte) (value >>> 8);
    to[at + 3] = (byte) value;
    return at + 4;
  }
}
