package io.weft.filter.http.router;

import io.weft.http.Body;
import io.weft.http.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request that may be sent again: keeps what has passed, up to a limit. Per stream;
 * read by one thread at a time.
 */
final class ReplayBody extends Body {
  private final Body body;
  private final long limit;
  private byte[] kept = new byte[0];
  private int count;
  private boolean begun;
  private boolean ended;
  private boolean tooLarge;

  /** At most {@code limit} bytes of {@code body} are kept. */
  ReplayBody(Body body, long limit) {
    this.body = body;
    this.limit = Math.min(limit, Integer.MAX_VALUE - 8);
  }

  /**
   * Whether the body can be sent once more: none of it has been read, or all of it and it is kept.
   * While the client is still sending there is nothing that could be sent as a whole.
   */
  boolean isRepeatable() {
    return !begun || ended && !tooLarge;
  }

  /** The body for another try. */
  Body again() {
    if (!begun) {
      return this;
    }
    Headers trailers = body.trailers();
    Body bytes = Body.of(Arrays.copyOf(kept, count));
    return trailers == null ? bytes : new Kept(bytes, trailers);
  }

  private int passed(int read, ByteBuffer target) {
    begun = true;
    if (read < 0) {
      ended = true;
    } else if (read > 0 && !tooLarge) {
      keep(target, read);
    }
    return read;
  }

  private void keep(ByteBuffer target, int read) {
    if (count + (long) read > limit) {
      tooLarge = true;
      kept = new byte[0];
      return;
    }
    if (count + read > kept.length) {
      long room = Math.max(count + (long) read, Math.max(1024, kept.length * 2L));
      kept = Arrays.copyOf(kept, (int) Math.min(limit, room));
    }
    target.get(target.position() - read, kept, count, read);
    count += read;
    ended |= body.length() == count;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return passed(body.read(target), target);
  }

  @Override
  public int readNow(ByteBuffer target) throws IOException {
    return passed(body.readNow(target), target);
  }

  @Override
  public long length() {
    return body.length();
  }

  @Override
  public @Nullable Headers trailers() {
    return body.trailers();
  }

  @Override
  public void close() throws IOException {
    body.close();
  }

  /** Bytes with the trailers they came with. */
  private static final class Kept extends Body {
    private final Body bytes;
    private final Headers trailers;
    private boolean ended;

    Kept(Body bytes, Headers trailers) {
      this.bytes = bytes;
      this.trailers = trailers;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      int read = bytes.read(target);
      ended |= read < 0;
      return read;
    }

    @Override
    public boolean isEmpty() {
      return false;
    }

    @Override
    public @Nullable Headers trailers() {
      return ended ? trailers : null;
    }
  }
}
