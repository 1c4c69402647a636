package io.weft.grpc;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Makes bytes of messages and messages of bytes. Shared by all calls of a method.
 *
 * @param <T> the messages
 */
public interface Marshaller<T> {
  /** Messages that are bytes already. */
  Marshaller<byte[]> BYTES =
      of(
          message -> message,
          bytes -> {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            return copy;
          });

  /** The bytes of a message, which nobody changes from then on. */
  byte[] write(T message);

  /**
   * The message that the bytes hold.
   *
   * @param bytes from position to limit; the array behind them is the message's to keep
   * @throws IOException if they hold none
   */
  T read(ByteBuffer bytes) throws IOException;

  /** Makes bytes of a message. */
  interface Writer<T> {
    byte[] write(T message);
  }

  /** Makes a message of bytes. */
  interface Reader<T> {
    T read(ByteBuffer bytes) throws IOException;
  }

  /** A marshaller of two functions, such as those of a generated class. */
  static <T> Marshaller<T> of(Writer<T> writer, Reader<T> reader) {
    return new Marshaller<>() {
      @Override
      public byte[] write(T message) {
        return writer.write(message);
      }

      @Override
      public T read(ByteBuffer bytes) throws IOException {
        return reader.read(bytes);
      }
    };
  }
}
