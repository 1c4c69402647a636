package io.weft.net;

import io.weft.carrier.Carrier;
import io.weft.carrier.NioPollable;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A channel over a {@code java.nio} selector. A key asks for an operation from the wait for it to
 * the event after the last such wait.
 */
final class NioChannel extends Channel implements NioPollable {
  private final SocketChannel socket;
  private final SelectionKey key;
  private boolean connecting;
  private @Nullable Probe onUnread;

  /** Takes over a non-blocking socket; {@code operation} is OP_CONNECT or OP_READ. */
  NioChannel(
      Carrier carrier,
      SocketChannel socket,
      int operation,
      @Nullable NetAddress local,
      @Nullable NetAddress remote)
      throws IOException {
    super(carrier, local, remote);
    this.socket = socket;
    connecting = operation == SelectionKey.OP_CONNECT;
    writeReady = !connecting;
    key = socket.register(carrier.nio().selector(), operation, this);
  }

  @Override
  public void onReady(int ready) {
    if (connecting) {
      connecting = false;
      key.interestOps(SelectionKey.OP_READ);
      becameWritable();
      return;
    }
    if ((ready & SelectionKey.OP_READ) != 0) {
      // asked for again by the next wait, else the selector would return at once for ever
      key.interestOpsAnd(~SelectionKey.OP_READ);
      boolean awaited = hasReader();
      becameReadable();
      Probe probe = onUnread;
      if (probe != null && !awaited) {
        onUnread = null;
        probe.onUnread();
      }
    }
    if ((ready & SelectionKey.OP_WRITE) != 0 && key.isValid()) {
      key.interestOpsAnd(~SelectionKey.OP_WRITE);
      becameWritable();
    }
  }

  @Override
  public void onStop() {
    stopped();
  }

  void finishConnect() throws IOException {
    socket.finishConnect();
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
    int space = into.remaining();
    int count;
    try {
      count = socket.read(into);
    } catch (IOException e) {
      throw failed("read from ", e);
    }
    if (count < 0) {
      hangUp = true;
      return -1;
    }
    if (count < space) {
      readReady = false;
    }
    return count;
  }

  @Override
  int send(Buffer from, boolean more) throws IOException {
    ByteBuffer bytes = from.bytes();
    bytes.limit(from.end).position(from.start);
    return send(bytes);
  }

  @Override
  int send(ByteBuffer from) throws IOException {
    checkOpen();
    int length = from.remaining();
    int count;
    try {
      count = socket.write(from);
    } catch (IOException e) {
      throw failed("write to ", e);
    }
    if (count < length) {
      writeReady = false;
    }
    return count;
  }

  @Override
  int send(Buffer first, Buffer second) throws IOException {
    // two calls: a gathering write would need an array a call
    int count = send(first, true);
    return count < first.readable() ? count : count + send(second, false);
  }

  @Override
  boolean probeEmpty() {
    // not to be asked without reading
    return false;
  }

  private void checkOpen() throws ChannelClosedException {
    if (!socket.isOpen()) {
      throw new ChannelClosedException(this + " is closed");
    }
  }

  private IOException failed(String what, IOException e) {
    hangUp = true;
    String message = String.valueOf(e.getMessage());
    return message.contains("reset") || message.contains("Broken pipe")
        ? new ResetException(this, what + this + ": " + message)
        : e;
  }

  @Override
  void wantRead() {
    if ((key.interestOps() & SelectionKey.OP_READ) == 0) {
      key.interestOpsOr(SelectionKey.OP_READ);
    }
  }

  @Override
  public void onUnread(@Nullable Probe probe) {
    onUnread = probe;
    if (probe != null && isOpen()) {
      wantRead();
    }
  }

  @Override
  void wantWrite() {
    if (!connecting) {
      key.interestOpsOr(SelectionKey.OP_WRITE);
    }
  }

  @Override
  public boolean isOpen() {
    return socket.isOpen();
  }

  @Override
  void shutdownSocket() throws IOException {
    checkOpen();
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      throw failed("shut down ", e);
    }
  }

  @Override
  void closeSocket(boolean reset) {
    try {
      if (reset && socket.supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
        socket.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    } catch (IOException e) {
      // it is closed in any case
    }
    try {
      socket.close();
    } catch (IOException e) {
      // closed all the same: nothing is left to be written
    }
  }

  @Override
  NetAddress findLocalAddress() throws IOException {
    return SocketAddresses.fromJava(socket.getLocalAddress());
  }

  @Override
  NetAddress findRemoteAddress() throws IOException {
    return SocketAddresses.fromJava(socket.getRemoteAddress());
  }
}
