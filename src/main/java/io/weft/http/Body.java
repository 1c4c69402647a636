package io.weft.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The body of a message: a source that is pulled. Read once, by one thread, front to back; a
 * wrapped body is read through its wrapper only.
 */
public abstract class Body implements Closeable {
  /** The body of a message that has none. */
  public static final Body EMPTY = new Bytes(new byte[0]);

  /** A body of these bytes. */
  public static Body of(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Bytes(bytes.clone());
  }

  /** A body of this text in UTF-8. */
  public static Body of(String text) {
    return text.isEmpty() ? EMPTY : new Bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A body whose stream is opened at the first read, so that the headers go out at once.
   *
   * @param trailers asked once the stream has ended
   */
  public static Body lazily(Opener opener, Trailers trailers) {
    return new Lazy(opener, trailers);
  }

  /** Opens a stream; may block. */
  @FunctionalInterface
  public interface Opener {
    InputStream open() throws IOException;
  }

  /** Tells the trailers of a body that has ended, or null. */
  @FunctionalInterface
  public interface Trailers {
    @Nullable Headers get();
  }

  /**
   * Reads into {@code target} from its position. Blocks until at least one byte is there.
   *
   * @return the number of bytes read, at least 1 if the target has room, or -1 at the end
   */
  public abstract int read(ByteBuffer target) throws IOException;

  /**
   * Reads what is there without waiting.
   *
   * @return the number of bytes, 0 if none is there now or it is not known, -1 at the end
   */
  public int readNow(ByteBuffer target) throws IOException {
    return 0;
  }

  /**
   * Blocks until {@link #readNow} has something to tell, bytes or the end.
   *
   * @return false at once if this body cannot tell without being read
   */
  public boolean awaitData() throws IOException {
    return false;
  }

  /** The number of bytes from front to end if it is known before reading, else -1. */
  public long length() {
    return -1;
  }

  /** The trailers, once {@link #read} has returned -1; null before that, or if there are none. */
  public @Nullable Headers trailers() {
    return null;
  }

  /** Whether it is known that not one byte will come. */
  public boolean isEmpty() {
    return length() == 0;
  }

  /** Gives up what has not been read. Never blocks. Closing twice is allowed. */
  @Override
  public void close() throws IOException {}

  /** This body as a stream of bytes; closing the stream closes the body. */
  public InputStream inputStream() {
    return new BodyInputStream(this);
  }

  /**
   * The whole body, read to its end now and kept in memory. Blocks until the end has come.
   *
   * @throws BodyTooLargeException as soon as there are more than {@code maxBytes}
   */
  public Body buffered(long maxBytes) throws IOException {
    if (length() > maxBytes) {
      throw new BodyTooLargeException(maxBytes);
    }
    byte[] bytes = new byte[(int) Math.min(Math.max(length(), 1024), 1 << 16)];
    int count = 0;
    while (true) {
      if (count == bytes.length) {
        bytes = java.util.Arrays.copyOf(bytes, (int) Math.min(bytes.length * 2L, maxBytes + 1));
      }
      int read = read(ByteBuffer.wrap(bytes, count, bytes.length - count));
      if (read < 0) {
        return new Kept(java.util.Arrays.copyOf(bytes, count), trailers());
      }
      count += read;
      if (count > maxBytes) {
        throw new BodyTooLargeException(maxBytes);
      }
    }
  }

  /** This body, whose read fails with {@link BodyTooLargeException} behind {@code maxBytes}. */
  public Body atMost(long maxBytes) {
    return new Limited(this, maxBytes);
  }

  private static class Bytes extends Body {
    private final ByteBuffer rest;
    private final int length;

    Bytes(byte[] bytes) {
      rest = ByteBuffer.wrap(bytes);
      length = bytes.length;
    }

    @Override
    public int read(ByteBuffer target) {
      if (!rest.hasRemaining()) {
        return -1;
      }
      int count = Math.min(rest.remaining(), target.remaining());
      target.put(target.position(), rest, rest.position(), count);
      target.position(target.position() + count);
      rest.position(rest.position() + count);
      return count;
    }

    @Override
    public int readNow(ByteBuffer target) {
      return read(target);
    }

    @Override
    public boolean awaitData() {
      return true;
    }

    @Override
    public long length() {
      return length;
    }
  }

  private static final class Kept extends Bytes {
    private final @Nullable Headers trailers;

    Kept(byte[] bytes, @Nullable Headers trailers) {
      super(bytes);
      this.trailers = trailers;
    }

    @Override
    public @Nullable Headers trailers() {
      return trailers;
    }
  }

  private static final class Limited extends PassingBody {
    private final long maxBytes;
    private long count;

    Limited(Body body, long maxBytes) {
      super(body);
      this.maxBytes = maxBytes;
    }

    @Override
    protected int passed(int read, ByteBuffer target) throws BodyTooLargeException {
      if (read > 0 && (count += read) > maxBytes) {
        throw new BodyTooLargeException(maxBytes);
      }
      return read;
    }
  }

  private static final class Lazy extends Body {
    private final Opener opener;
    private final Trailers trailers;
    private @Nullable InputStream stream;
    private boolean ended;

    Lazy(Opener opener, Trailers trailers) {
      this.opener = opener;
      this.trailers = trailers;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      if (ended) {
        return -1;
      }
      InputStream from = stream;
      if (from == null) {
        from = opener.open();
        stream = from;
      }
      int count;
      if (target.hasArray()) {
        count =
            from.read(target.array(), target.arrayOffset() + target.position(), target.remaining());
        if (count > 0) {
          target.position(target.position() + count);
        }
      } else {
        byte[] bytes = new byte[Math.min(target.remaining(), 16384)];
        count = from.read(bytes);
        if (count > 0) {
          target.put(bytes, 0, count);
        }
      }
      ended = count < 0;
      return count;
    }

    @Override
    public @Nullable Headers trailers() {
      return ended ? trailers.get() : null;
    }

    @Override
    public void close() throws IOException {
      if (stream != null) {
        stream.close();
      }
    }
  }
}
