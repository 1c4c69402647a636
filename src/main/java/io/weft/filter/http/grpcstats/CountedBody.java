package io.weft.filter.http.grpcstats;

import io.weft.http.Body;
import io.weft.http.PassingBody;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;

/** A body whose gRPC messages are counted as they begin. Read by one thread, as any. */
final class CountedBody extends PassingBody {
  private static final int PREFIX_BYTES = 5;

  private final IntConsumer count;
  private int prefixRead;
  private long length;

  CountedBody(Body body, IntConsumer count) {
    super(body);
    this.count = count;
  }

  @Override
  protected int passed(int read, ByteBuffer target) {
    if (read > 0) {
      inspect(target, target.position() - read, read);
    }
    return read;
  }

  private void inspect(ByteBuffer bytes, int from, int read) {
    int begun = 0;
    int at = from;
    int until = from + read;
    while (at < until) {
      if (prefixRead < PREFIX_BYTES) {
        if (prefixRead++ == 0) {
          begun++;
          length = 0;
        } else {
          length = length << 8 | bytes.get(at) & 0xff;
        }
        at++;
      } else {
        int skipped = (int) Math.min(length, until - at);
        length -= skipped;
        at += skipped;
      }
      if (prefixRead == PREFIX_BYTES && length == 0) {
        prefixRead = 0;
      }
    }
    if (begun > 0) {
      count.accept(begun);
    }
  }
}
