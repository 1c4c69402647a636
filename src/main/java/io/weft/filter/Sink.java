package io.weft.filter;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where the bytes of a connection go. Written by one thread at a time. */
public interface Sink {
  /** Writes all of {@code source}; blocks while the peer does not take it. */
  void write(ByteBuffer source) throws IOException;

  /** Ends this side: the peer reads its end, and may still send. */
  default void shutdown() throws IOException {}

  /** A sink that hands its bytes to {@code write} and its end to this one. */
  default Sink writing(Writer write) {
    Sink inner = this;
    return new Sink() {
      @Override
      public void write(ByteBuffer source) throws IOException {
        write.write(source);
      }

      @Override
      public void shutdown() throws IOException {
        inner.shutdown();
      }
    };
  }

  /** Takes bytes. */
  @FunctionalInterface
  interface Writer {
    void write(ByteBuffer source) throws IOException;
  }
}
