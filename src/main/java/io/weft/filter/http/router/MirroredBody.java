package io.weft.filter.http.router;

import io.weft.http.Body;
import io.weft.http.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request of which copies go elsewhere: what is read of it they get, too. They never
 * hold it up: a copy that is too slow ends. Per stream; read by one thread at a time.
 */
final class MirroredBody extends Body {
  private final Body body;
  private final List<Mirror> mirrors;
  private long count;
  private boolean ended;

  MirroredBody(Body body, List<Mirror> mirrors) {
    this.body = body;
    this.mirrors = mirrors;
  }

  private int passed(int read, ByteBuffer target) {
    if (read > 0) {
      byte[] piece = new byte[read];
      target.get(target.position() - read, piece);
      for (Mirror mirror : mirrors) {
        mirror.feed(piece);
      }
      count += read;
    }
    if (!ended && (read < 0 || count == body.length())) {
      ended = true;
      Headers trailers = body.trailers();
      for (Mirror mirror : mirrors) {
        mirror.endBody(trailers == null ? null : trailers.copy());
      }
    }
    return read;
  }

  /** The stream is over: a copy that has not all of the body will not get it. */
  void onStreamEnd() {
    if (!ended) {
      mirrors.forEach(Mirror::cancel);
    }
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
  public boolean awaitData() throws IOException {
    return body.awaitData();
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
}
