package io.weft.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Bytes that were looked at and are to be read again; gone when they have been. */
final class PutBack extends Layer {
  private @Nullable Buffer bytes;

  PutBack(Channel channel, Buffer bytes) {
    super(channel);
    this.bytes = bytes;
  }

  @Override
  protected int receive(ByteBuffer into) {
    Buffer from = bytes;
    if (from == null) {
      return 0;
    }
    int count = Math.min(from.readable(), into.remaining());
    ByteBuffer view = from.bytes();
    view.limit(from.start + count).position(from.start);
    into.put(view);
    from.start += count;
    if (from.isEmpty()) {
      release();
      uninstall();
    }
    return count;
  }

  /** Everything, for who takes its place. The buffer is the caller's. */
  @Nullable Buffer take() {
    Buffer all = bytes;
    bytes = null;
    return all;
  }

  @Override
  protected int send(ByteBuffer from) throws IOException {
    int before = from.remaining();
    channel.send(from);
    return before - from.remaining();
  }

  @Override
  protected boolean flush() {
    return true;
  }

  @Override
  protected boolean hasPending() {
    return false;
  }

  @Override
  protected boolean drained() {
    return false;
  }

  @Override
  protected void shutdown() throws IOException {
    shutdownSocket();
  }

  @Override
  protected void closing() {
    // nothing is told
  }

  @Override
  protected void release() {
    Buffer held = take();
    if (held != null) {
      held.release();
    }
  }

  @Override
  protected @Nullable Security security() {
    return null;
  }

  @Override
  protected int bestWrite() {
    return Buffer.SIZE;
  }
}
