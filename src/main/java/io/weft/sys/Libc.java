package io.weft.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The C library's functions, blocking exactly where those do. A result is what C returns, except
 * that an error is {@code -errno} instead of -1. One instance belongs to one thread at a time: it
 * holds the place where errno is captured.
 *
 * <p>Plain downcalls, not critical ones: a critical call is 5 ns cheaper and holds up every
 * safepoint while the kernel works.
 */
public final class Libc {
  private static final MethodHandle RECV = Downcall.of("recv");
  private static final MethodHandle SEND = Downcall.of("send");
  private static final MethodHandle SENDMSG = Downcall.of("sendmsg");
  private static final MethodHandle READ = Downcall.of("read");
  private static final MethodHandle WRITE = Downcall.of("write");
  private static final MethodHandle EPOLL_WAIT = Downcall.of("epoll_wait");
  private static final MethodHandle EPOLL_CTL = Downcall.of("epoll_ctl");
  private static final MethodHandle EPOLL_CREATE1 = Downcall.of("epoll_create1");
  private static final MethodHandle EVENTFD = Downcall.of("eventfd");
  private static final MethodHandle ACCEPT4 = Downcall.of("accept4");
  private static final MethodHandle SOCKET = Downcall.of("socket");
  private static final MethodHandle BIND = Downcall.of("bind");
  private static final MethodHandle CONNECT = Downcall.of("connect");
  private static final MethodHandle LISTEN = Downcall.of("listen");
  private static final MethodHandle SETSOCKOPT = Downcall.of("setsockopt");
  private static final MethodHandle GETSOCKOPT = Downcall.of("getsockopt");
  private static final MethodHandle GETSOCKNAME = Downcall.of("getsockname");
  private static final MethodHandle GETPEERNAME = Downcall.of("getpeername");
  private static final MethodHandle CLOSE = Downcall.of("close");
  private static final MethodHandle SHUTDOWN = Downcall.of("shutdown");
  private static final MethodHandle SPLICE = Downcall.of("splice");
  private static final MethodHandle PIPE2 = Downcall.of("pipe2");
  private static final MethodHandle FCNTL = Downcall.of("fcntl");
  private static final MethodHandle SCHED_SETAFFINITY = Downcall.of("sched_setaffinity");
  private static final MethodHandle SCHED_GETAFFINITY = Downcall.of("sched_getaffinity");
  private static final MethodHandle MMAP = Downcall.of("mmap");
  private static final MethodHandle MADVISE = Downcall.of("madvise");

  // never freed: 16 bytes a carrier
  private final MemorySegment errno = Arena.global().allocate(16, 16);

  /** Bytes received, 0 at the end of the stream. recv(2). */
  public int recv(int fd, long address, int length, int flags) {
    try {
      long result =
          (long) RECV.invokeExact(errno, (long) fd, address, (long) length, (long) flags, 0L, 0L);
      return result < 0 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("recv", e);
    }
  }

  /** Bytes sent. send(2). */
  public int send(int fd, long address, int length, int flags) {
    try {
      long result =
          (long) SEND.invokeExact(errno, (long) fd, address, (long) length, (long) flags, 0L, 0L);
      return result < 0 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("send", e);
    }
  }

  /** Bytes sent from the buffers a {@code struct msghdr} names. sendmsg(2). */
  public int sendmsg(int fd, long message, int flags) {
    try {
      long result = (long) SENDMSG.invokeExact(errno, (long) fd, message, (long) flags, 0L, 0L, 0L);
      return result < 0 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("sendmsg", e);
    }
  }

  /** read(2). */
  public int read(int fd, long address, int length) {
    try {
      long result = (long) READ.invokeExact(errno, (long) fd, address, (long) length, 0L, 0L, 0L);
      return result < 0 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("read", e);
    }
  }

  /** write(2). */
  public int write(int fd, long address, int length) {
    try {
      long result = (long) WRITE.invokeExact(errno, (long) fd, address, (long) length, 0L, 0L, 0L);
      return result < 0 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("write", e);
    }
  }

  /** Number of events; blocks until the first one or the time-out (-1: none). epoll_wait(2). */
  public int epollWait(int epoll, long events, int count, int timeoutMillis) {
    try {
      long result =
          (long)
              EPOLL_WAIT.invokeExact(
                  errno, (long) epoll, events, (long) count, (long) timeoutMillis, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("epoll_wait", e);
    }
  }

  /** epoll_ctl(2). */
  public int epollCtl(int epoll, int operation, int fd, long event) {
    try {
      long result =
          (long)
              EPOLL_CTL.invokeExact(
                  errno, (long) epoll, (long) operation, (long) fd, event, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("epoll_ctl", e);
    }
  }

  /** epoll_create1(2). */
  public int epollCreate1(int flags) {
    try {
      long result = (long) EPOLL_CREATE1.invokeExact(errno, (long) flags, 0L, 0L, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("epoll_create1", e);
    }
  }

  /** eventfd(2). */
  public int eventfd(int initial, int flags) {
    try {
      long result = (long) EVENTFD.invokeExact(errno, (long) initial, (long) flags, 0L, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("eventfd", e);
    }
  }

  /** accept4(2). */
  public int accept4(int fd, long address, long addressLength, int flags) {
    try {
      long result =
          (long)
              ACCEPT4.invokeExact(errno, (long) fd, address, addressLength, (long) flags, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("accept4", e);
    }
  }

  /** socket(2). */
  public int socket(int family, int type, int protocol) {
    try {
      long result =
          (long) SOCKET.invokeExact(errno, (long) family, (long) type, (long) protocol, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("socket", e);
    }
  }

  /** bind(2). */
  public int bind(int fd, long address, int length) {
    try {
      long result = (long) BIND.invokeExact(errno, (long) fd, address, (long) length, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("bind", e);
    }
  }

  /** connect(2). */
  public int connect(int fd, long address, int length) {
    try {
      long result =
          (long) CONNECT.invokeExact(errno, (long) fd, address, (long) length, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("connect", e);
    }
  }

  /** listen(2). */
  public int listen(int fd, int backlog) {
    try {
      long result = (long) LISTEN.invokeExact(errno, (long) fd, (long) backlog, 0L, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("listen", e);
    }
  }

  /** setsockopt(2). */
  public int setsockopt(int fd, int level, int name, long value, int length) {
    try {
      long result =
          (long)
              SETSOCKOPT.invokeExact(
                  errno, (long) fd, (long) level, (long) name, value, (long) length, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("setsockopt", e);
    }
  }

  /** getsockopt(2). */
  public int getsockopt(int fd, int level, int name, long value, long length) {
    try {
      long result =
          (long)
              GETSOCKOPT.invokeExact(
                  errno, (long) fd, (long) level, (long) name, value, length, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("getsockopt", e);
    }
  }

  /** getsockname(2). */
  public int getsockname(int fd, long address, long addressLength) {
    try {
      long result =
          (long) GETSOCKNAME.invokeExact(errno, (long) fd, address, addressLength, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("getsockname", e);
    }
  }

  /** getpeername(2). */
  public int getpeername(int fd, long address, long addressLength) {
    try {
      long result =
          (long) GETPEERNAME.invokeExact(errno, (long) fd, address, addressLength, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("getpeername", e);
    }
  }

  /** close(2). */
  public int close(int fd) {
    try {
      long result = (long) CLOSE.invokeExact(errno, (long) fd, 0L, 0L, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("close", e);
    }
  }

  /** shutdown(2). */
  public int shutdown(int fd, int how) {
    try {
      long result = (long) SHUTDOWN.invokeExact(errno, (long) fd, (long) how, 0L, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("shutdown", e);
    }
  }

  /** Bytes moved between a pipe and a socket, 0 at the end of the stream. splice(2). */
  public int splice(int from, int to, int length, int flags) {
    try {
      long result =
          (long)
              SPLICE.invokeExact(
                  errno, (long) from, 0L, (long) to, 0L, (long) length, (long) flags);
      return result < 0 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("splice", e);
    }
  }

  /** pipe2(2). */
  public int pipe2(long fds, int flags) {
    try {
      long result = (long) PIPE2.invokeExact(errno, fds, (long) flags, 0L, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("pipe2", e);
    }
  }

  /** fcntl(2). */
  public int fcntl(int fd, int command, long argument) {
    try {
      long result =
          (long) FCNTL.invokeExact(errno, (long) fd, (long) command, argument, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("fcntl", e);
    }
  }

  /** sched_setaffinity(2). */
  public int schedSetaffinity(int thread, int bytes, long mask) {
    try {
      long result =
          (long)
              SCHED_SETAFFINITY.invokeExact(errno, (long) thread, (long) bytes, mask, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("sched_setaffinity", e);
    }
  }

  /** sched_getaffinity(2). */
  public int schedGetaffinity(int thread, int bytes, long mask) {
    try {
      long result =
          (long)
              SCHED_GETAFFINITY.invokeExact(errno, (long) thread, (long) bytes, mask, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("sched_getaffinity", e);
    }
  }

  /** Address of fresh anonymous pages. mmap(2). */
  public long mmap(long address, long length, int protection, int flags) {
    try {
      long result =
          (long) MMAP.invokeExact(errno, address, length, (long) protection, (long) flags, -1L, 0L);
      return result == -1 ? -errno.get(JAVA_INT, 0) : result;
    } catch (Throwable e) {
      throw new AssertionError("mmap", e);
    }
  }

  /** madvise(2). */
  public int madvise(long address, long length, int advice) {
    try {
      long result = (long) MADVISE.invokeExact(errno, address, length, (long) advice, 0L, 0L, 0L);
      return (int) result == -1 ? -errno.get(JAVA_INT, 0) : (int) result;
    } catch (Throwable e) {
      throw new AssertionError("madvise", e);
    }
  }
}
