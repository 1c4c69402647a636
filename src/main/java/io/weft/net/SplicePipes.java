package io.weft.net;

import io.weft.sys.Libc;
import io.weft.sys.Memory;
import io.weft.sys.Os;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The pipes of a carrier, at most 16: the kernel gives few large ones to an unprivileged user.
 * Confined to its carrier.
 */
final class SplicePipes {
  private static final int MOST = 16;
  private static final int WANTED_BYTES = 256 * 1024;
  private static final int LEAST_BYTES = 64 * 1024;

  private final Libc libc;
  private final long fds = Memory.allocate(8);
  private final ArrayDeque<SplicePipe> free = new ArrayDeque<>();
  private int open;
  private int most = MOST;

  SplicePipes(Libc libc) {
    this.libc = libc;
  }

  /** An empty pipe, null if all are in use. */
  @Nullable SplicePipe acquire() {
    SplicePipe pipe = free.pollLast();
    return pipe != null || open >= most ? pipe : create();
  }

  private @Nullable SplicePipe create() {
    int result = libc.pipe2(fds, Os.O_CLOEXEC_NONBLOCK);
    if (result < 0) {
      // for want of descriptors: the next time may be better
      return null;
    }
    int out = Memory.getInt(fds);
    int in = Memory.getInt(fds + 4);
    int bytes = libc.fcntl(in, Os.F_SETPIPE_SZ, WANTED_BYTES);
    if (bytes < 0) {
      bytes = libc.fcntl(in, Os.F_GETPIPE_SZ, 0);
    }
    var pipe = new SplicePipe(in, out, bytes);
    if (bytes < LEAST_BYTES) {
      close(pipe);
      most = open;
      LoggerFactory.getLogger(SplicePipes.class)
          .info(
              "no more than {} splice pipes on this carrier: the kernel gives {} bytes a pipe (wanted {})",
              open,
              bytes,
              WANTED_BYTES);
      return null;
    }
    open++;
    return pipe;
  }

  /** Takes a pipe back; one that is not empty is closed, or its bytes would reach the next user. */
  void release(SplicePipe pipe, boolean empty) {
    if (empty) {
      free.addLast(pipe);
    } else {
      open--;
      close(pipe);
    }
  }

  /** Closes those not in use. */
  void close() {
    free.forEach(this::close);
    open -= free.size();
    free.clear();
  }

  private void close(SplicePipe pipe) {
    var _ = libc.close(pipe.in());
    var _ = libc.close(pipe.out());
  }
}
