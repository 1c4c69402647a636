package io.weft.filter.http.router;

import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.PassingBody;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The body of a request of which copies go elsewhere: what is read of it they get, too. They never
 * hold it up: a copy that is too slow ends. Per stream; read by one thread at a time.
 */
final class MirroredBody extends PassingBody {
  private final List<Mirror> mirrors;
  private long count;
  private boolean ended;

  MirroredBody(Body body, List<Mirror> mirrors) {
    super(body);
    this.mirrors = mirrors;
  }

  @Override
  protected int passed(int read, ByteBuffer target) {
    if (read > 0) {
      byte[] piece = new byte[read];
      target.get(target.position() - read, piece);
      for (Mirror mirror : mirrors) {
        mirror.feed(piece);
      }
      count += read;
    }
    if (!ended && (read < 0 || count == length())) {
      ended = true;
      Headers trailers = trailers();
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
}
