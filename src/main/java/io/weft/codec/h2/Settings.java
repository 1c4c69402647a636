package io.weft.codec.h2;

/** The numbers of SETTINGS (RFC 9113 6.5.2) and what may be said. */
final class Settings {
  static final short TABLE_SIZE = 1;
  static final short ENABLE_PUSH = 2;
  static final short MAX_STREAMS = 3;
  static final short INITIAL_WINDOW = 4;
  static final short MAX_FRAME = 5;
  static final short MAX_HEADER_LIST = 6;
  static final short CONNECT_PROTOCOL = 8;

  private byte[] frame = new byte[Frame.HEADER_BYTES + 6 * 6];
  private int end = Frame.HEADER_BYTES;

  /** Adds a setting to the frame. */
  Settings add(short id, long value) {
    frame[end] = (byte) (id >>> 8);
    frame[end + 1] = (byte) id;
    end = Frame.integer(frame, end + 2, (int) value);
    return this;
  }

  /** The frame behind the bytes of {@code before}. */
  byte[] frame(byte[] before) {
    Frame.header(frame, 0, end - Frame.HEADER_BYTES, Frame.SETTINGS, 0, 0);
    byte[] whole = java.util.Arrays.copyOf(before, before.length + end);
    System.arraycopy(frame, 0, whole, before.length, end);
    return whole;
  }

  static void checkFlag(int value, String name) throws ConnectionError {
    if (value != 0 && value != 1) {
      throw new ConnectionError(
          ErrorCode.PROTOCOL_ERROR, name + ": " + value + " (expected: 0 or 1)");
    }
  }

  static int frameSize(int value) throws ConnectionError {
    if (value < Frame.MAX_BYTES || value > 0xffffff) {
      throw new ConnectionError(
          ErrorCode.PROTOCOL_ERROR, "MAX_FRAME_SIZE: " + value + " (expected: 16384 to 16777215)");
    }
    // More would only make others wait longer for their turn.
    return Frame.MAX_BYTES;
  }
}
