package io.weft.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A body that is another one, whose bytes a subclass sees as they pass: to count, keep or copy
 * them. Of one stream, as the other.
 */
public abstract class PassingBody extends Body {
  private final Body body;

  /** What is read of this is read of {@code body}. */
  protected PassingBody(Body body) {
    this.body = body;
  }

  /**
   * Sees what a read gave.
   *
   * @param read the number of bytes, which stand before the position of {@code target}; 0 for none,
   *     -1 at the end
   * @return what the reader is told
   */
  protected abstract int passed(int read, ByteBuffer target) throws IOException;

  @Override
  public final int read(ByteBuffer target) throws IOException {
    return passed(body.read(target), target);
  }

  @Override
  public final int readNow(ByteBuffer target) throws IOException {
    return passed(body.readNow(target), target);
  }

  @Override
  public boolean awaitData() throws IOException {
    return body.awaitData();
  }

  @Override
  public long length() {
    return body.length();
  }

  @Override
  public boolean isEmpty() {
    return body.isEmpty();
  }

  @Override
  public @Nullable Headers trailers() {
    return body.trailers();
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
