package io.weft.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A {@link Body} read as a stream of bytes, by the thread that may read the body. */
final class BodyInputStream extends InputStream {
  private final Body body;

  BodyInputStream(Body body) {
    this.body = body;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    return length == 0 ? 0 : body.read(ByteBuffer.wrap(target, offset, length));
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
