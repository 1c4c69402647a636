package io.weft.net;

import io.weft.carrier.Carrier;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A channel without a socket: what it is given is there to be read, some bytes at a time and then
 * its end, and what is written is gone, as long as there is room for it.
 */
public final class MemoryChannel extends Channel {
  private final byte[] input;
  private final int step;
  private final Runnable onReceive;
  private int at;
  private final boolean breaks;
  private long room;
  private boolean open = true;

  /**
   * A channel.
   *
   * @param step the most that one read gives
   * @param room bytes that are taken; no write is taken behind them
   * @param breaks whether a write of more than there is room for fails instead
   * @param onReceive runs before each read
   */
  public MemoryChannel(
      Carrier carrier, byte[] input, int step, long room, boolean breaks, Runnable onReceive) {
    super(carrier, NetAddress.Ip.of("127.0.0.1", 1), NetAddress.Ip.of("127.0.0.1", 2));
    this.input = input;
    this.step = step;
    this.room = room;
    this.breaks = breaks;
    this.onReceive = onReceive;
    readReady = true;
  }

  @Override
  int receive(Buffer into, int space) throws IOException {
    ByteBuffer bytes = into.bytes();
    bytes.limit(into.end + space).position(into.end);
    return receive(bytes);
  }

  @Override
  int receive(ByteBuffer into) throws IOException {
    checkOpen();
    onReceive.run();
    if (at == input.length) {
      hangUp = true;
      return -1;
    }
    int count = Math.min(Math.min(step, into.remaining()), input.length - at);
    into.put(input, at, count);
    at += count;
    return count;
  }

  @Override
  int send(Buffer from, boolean more) throws IOException {
    return taken(from.readable());
  }

  @Override
  int send(ByteBuffer from) throws IOException {
    int count = taken(from.remaining());
    from.position(from.position() + count);
    return count;
  }

  @Override
  int send(Buffer first, Buffer second) throws IOException {
    return taken(first.readable() + second.readable());
  }

  private int taken(int length) throws IOException {
    checkOpen();
    if (breaks && length > room) {
      throw new ResetException(this, "write to " + this + ": reset");
    }
    int count = (int) Math.min(room, length);
    room -= count;
    if (count < length) {
      writeReady = false;
    }
    return count;
  }

  private void checkOpen() throws ChannelClosedException {
    if (!open) {
      throw new ChannelClosedException(this + " is closed");
    }
  }

  @Override
  boolean probeEmpty() {
    return false;
  }

  @Override
  void wantRead() {}

  @Override
  void wantWrite() {}

  @Override
  void closeSocket(boolean reset) {
    open = false;
  }

  @Override
  void shutdownSocket() {}

  @Override
  NetAddress findLocalAddress() {
    throw new IllegalStateException("known");
  }

  @Override
  NetAddress findRemoteAddress() {
    throw new IllegalStateException("known");
  }

  @Override
  public boolean isOpen() {
    return open;
  }
}
