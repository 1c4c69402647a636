package io.weft.codec.h2;

import io.weft.codec.BodyBrokenException;
import io.weft.codec.Timeouts;
import io.weft.http.Body;
import io.weft.http.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The body of a message as it comes on a stream. Read by one thread of the carrier. */
final class Http2Body extends Body {
  private final Http2Stream stream;
  private final boolean ofRequest;
  private final Timeouts limits;
  private final long length;
  private boolean over;

  /**
   * A body.
   *
   * @param length what content-length says, -1 for nothing
   */
  Http2Body(Http2Stream stream, boolean ofRequest, Timeouts limits, long length) {
    this.stream = stream;
    this.ofRequest = ofRequest;
    this.limits = limits;
    this.length = length;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    int count = readNow(target);
    while (count == 0 && target.hasRemaining()) {
      awaitData();
      count = readNow(target);
    }
    return count;
  }

  @Override
  public int readNow(ByteBuffer target) throws IOException {
    if (over) {
      return -1;
    }
    int count = stream.read(target, ofRequest, limits);
    over = count < 0;
    return count;
  }

  @Override
  public boolean awaitData() throws IOException {
    if (!over) {
      try {
        stream.awaitData(limits);
      } catch (IOException e) {
        throw new BodyBrokenException(ofRequest, e);
      }
    }
    return true;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public @Nullable Headers trailers() {
    return over ? stream.trailers() : null;
  }

  @Override
  public void close() {
    if (!over) {
      stream.abandonBody();
    }
  }
}
