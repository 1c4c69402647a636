package io.weft.filter.http.router;

import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.PassingBody;
import io.weft.http.Request;
import io.weft.route.Route;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request that may be sent again: keeps what has passed, up to a limit. Per stream;
 * read by one thread at a time, itself or through the last of its {@link #again}.
 */
final class ReplayBody extends PassingBody {
  private final long limit;
  private byte[] kept = new byte[0];
  private int count;
  private boolean begun;
  private boolean ended;
  private boolean tooLarge;

  /** At most {@code limit} bytes of {@code body} are kept. */
  ReplayBody(Body body, long limit) {
    super(body);
    this.limit = Math.min(limit, Integer.MAX_VALUE - 8);
  }

  /** What is kept of the body of a request to this route; null if it has none. */
  static @Nullable ReplayBody of(Request request, Route.Forward route) {
    return request.hasBody() ? new ReplayBody(request.body(), route.requestBufferLimit()) : null;
  }

  /** Whether the body can be sent once more: all that has been read of it so far is kept. */
  boolean isRepeatable() {
    return !tooLarge;
  }

  /** Whether all of it is here. */
  boolean isWhole() {
    return ended && !tooLarge;
  }

  /** Reads all of it now; blocks until its end is here. */
  void fill() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8192);
    while (!ended) {
      read(bytes.clear());
    }
  }

  /**
   * The body for another try: what is kept, and behind it what the client goes on to send. Nobody
   * reads an earlier one any more, unless {@link #isWhole}.
   */
  Body again() {
    return begun ? new Again() : this;
  }

  @Override
  protected int passed(int read, ByteBuffer target) {
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
    ended |= length() == count;
  }

  /** The same bytes from the front. */
  private final class Again extends Body {
    private int at;

    @Override
    public int read(ByteBuffer target) throws IOException {
      return at < count ? copied(target) : counted(isWhole() ? -1 : ReplayBody.this.read(target));
    }

    @Override
    public int readNow(ByteBuffer target) throws IOException {
      return at < count
          ? copied(target)
          : counted(isWhole() ? -1 : ReplayBody.this.readNow(target));
    }

    @Override
    public boolean awaitData() throws IOException {
      return at < count || isWhole() || ReplayBody.this.awaitData();
    }

    private int copied(ByteBuffer target) {
      int read = Math.min(count - at, target.remaining());
      target.put(kept, at, read);
      at += read;
      return read;
    }

    private int counted(int read) {
      at += Math.max(0, read);
      return read;
    }

    @Override
    public long length() {
      return ReplayBody.this.length();
    }

    @Override
    public boolean isEmpty() {
      return false;
    }

    @Override
    public @Nullable Headers trailers() {
      return ReplayBody.this.trailers();
    }
  }
}
