package io.weft.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What stands between a channel and its socket and changes the bytes on their way: TLS, or bytes
 * that were looked at and put back. Installed with {@link Channel#install}; from then on every read
 * and write of the channel passes it. Confined to the carrier of the channel.
 *
 * <p>No method blocks. {@link #receive} and {@link #send} are to keep the channel's flags true with
 * {@link #readable}: the socket says nothing of bytes that wait in here.
 */
public abstract class Layer {
  /** The channel it belongs to. */
  protected final Channel channel;

  /**
   * A receive from the socket may find something; the channel's own flag counts what is in here.
   */
  boolean socketReady;

  protected Layer(Channel channel) {
    this.channel = channel;
    socketReady = channel.readReady;
  }

  // what an implementation does

  /** As a read of the socket: the number of bytes put into {@code into}, 0 for none now, -1 end. */
  protected abstract int receive(ByteBuffer into) throws IOException;

  /** Takes bytes of {@code from} and sends what it makes of them; the number of bytes taken. */
  protected abstract int send(ByteBuffer from) throws IOException;

  /** Sends what {@link #send} could not; whether nothing is left. */
  protected abstract boolean flush() throws IOException;

  /** Whether {@link #flush} has something to do. */
  protected abstract boolean hasPending();

  /** Whether nothing has come for the reader, asked of the socket too. */
  protected abstract boolean drained() throws IOException;

  /**
   * Takes in what the socket has, without looking at it, where there is room: a reset is found so.
   * Outside any thread.
   */
  protected void probe() throws IOException {}

  /** Tells the peer that no more will be sent; the socket is shut down once that is out. */
  protected abstract void shutdown() throws IOException;

  /** Tells the peer, where that is possible without waiting, that the connection ends. */
  protected abstract void closing();

  /** Frees what it holds. Called once, when the channel has been closed. */
  protected abstract void release();

  /** What is known of the peer, null if this is no security. */
  protected abstract @Nullable Security security();

  /** How many bytes a write may best be at once. */
  protected abstract int bestWrite();

  // what it is given to work with

  /** Reads the socket: as {@link #receive}, appended to {@code into}. */
  protected final int receiveSocket(Buffer into) throws IOException {
    if (!socketReady) {
      return 0;
    }
    boolean other = channel.readReady;
    channel.readReady = true;
    try {
      int count = channel.receive(into, into.writable());
      if (count > 0) {
        into.end += count;
      }
      return count;
    } finally {
      socketReady = channel.readReady;
      channel.readReady = other;
    }
  }

  /** Writes the socket, consuming what it takes. */
  protected final void sendSocket(Buffer from) throws IOException {
    if (channel.writeReady) {
      from.start += channel.send(from, false);
    }
    if (!channel.writeReady) {
      channel.wantWrite();
    }
  }

  /** Whether the socket may have more to read. */
  protected final boolean socketReady() {
    return socketReady;
  }

  /** Says whether the next read may find something. */
  protected final void readable(boolean ready) {
    channel.readReady = ready;
  }

  /** Ends the output of the socket. */
  protected final void shutdownSocket() throws IOException {
    channel.shutdownSocket();
  }

  /** Waits for the socket, whatever is in here. */
  protected final void awaitSocket(long deadlineNanos) throws IOException {
    channel.readReady = socketReady;
    channel.awaitReadable(deadlineNanos);
  }

  /** Takes this layer away: reads and writes are the socket's again. */
  protected final void uninstall() {
    channel.readReady = socketReady;
    channel.uninstall();
  }
}
