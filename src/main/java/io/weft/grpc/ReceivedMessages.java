package io.weft.grpc;

import io.weft.http.Body;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The messages in the body of a response, one after another. Read by one thread. */
final class ReceivedMessages {
  /** What is set aside for a message before any of it has come. */
  private static final int FIRST_BYTES = 16 * 1024;

  private final Body body;
  private final int maxBytes;
  private final ByteBuffer prefix = ByteBuffer.allocate(5);

  ReceivedMessages(Body body, int maxBytes) {
    this.body = body;
    this.maxBytes = maxBytes;
  }

  /**
   * The bytes of the next message, null at the end; blocks until all of it is here.
   *
   * @throws GrpcException if it is larger than allowed, compressed or cut short
   */
  @Nullable ByteBuffer next() throws IOException {
    prefix.clear();
    while (prefix.hasRemaining()) {
      if (body.read(prefix) < 0) {
        if (prefix.position() == 0) {
          return null;
        }
        throw cut();
      }
    }
    if (prefix.get(0) != 0) {
      throw new GrpcException(
          GrpcCode.INTERNAL, "a compressed message (expected: identity, as nothing else was said)");
    }
    // what the peer claims is believed only up to the limit, and as its bytes come
    long length = prefix.getInt(1) & 0xffffffffL;
    if (length > maxBytes) {
      throw new GrpcException(
          GrpcCode.RESOURCE_EXHAUSTED,
          "a message of " + length + " bytes (expected: at most " + maxBytes + ")");
    }
    return message((int) length);
  }

  private ByteBuffer message(int length) throws IOException {
    byte[] bytes = new byte[Math.min(length, FIRST_BYTES)];
    int count = 0;
    while (count < length) {
      if (count == bytes.length) {
        bytes = Arrays.copyOf(bytes, (int) Math.min(bytes.length * 4L, length));
      }
      int read = body.read(ByteBuffer.wrap(bytes, count, bytes.length - count));
      if (read < 0) {
        throw cut();
      }
      count += read;
    }
    return ByteBuffer.wrap(bytes);
  }

  private static GrpcException cut() {
    return new GrpcException(GrpcCode.INTERNAL, "the response ends within a message");
  }
}
