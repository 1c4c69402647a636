package io.weft.filter.http.grpcstats;

import io.weft.http.Body;
import io.weft.http.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** A body whose gRPC messages are counted as they begin. Read by one thread, as any. */
final class CountedBody extends Body {
  private static final int PREFIX_BYTES = 5;

  private final Body body;
  private final IntConsumer count;
  private int prefixRead;
  private long length;

  CountedBody(Body body, IntConsumer count) {
    this.body = body;
    this.count = count;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    int from = target.position();
    int read = body.read(target);
    inspect(target, from, read);
    return read;
  }

  @Override
  public int readNow(ByteBuffer target) throws IOException {
    int from = target.position();
    int read = body.readNow(target);
    inspect(target, from, read);
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
