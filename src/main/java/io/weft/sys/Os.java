package io.weft.sys;

/** Numbers of the Linux interfaces that Weft uses; the same on x86-64 and AArch64. */
public final class Os {
  public static final int EPOLLIN = 1;
  public static final int EPOLLOUT = 4;
  public static final int EPOLLERR = 8;
  public static final int EPOLLHUP = 16;
  public static final int EPOLLRDHUP = 0x2000;
  public static final int EPOLLET = 1 << 31;
  public static final int EPOLL_CTL_ADD = 1;
  public static final int EPOLL_CTL_DEL = 2;
  public static final int EPOLL_CTL_MOD = 3;
  public static final int EPOLL_CLOEXEC = 0x80000;
  public static final int EFD_CLOEXEC_NONBLOCK = 0x80800;

  public static final int AF_UNIX = 1;
  public static final int AF_INET = 2;
  public static final int AF_INET6 = 10;
  public static final int SOCK_STREAM = 1;

  /** {@code SOCK_CLOEXEC | SOCK_NONBLOCK}. */
  public static final int SOCK_CLOEXEC_NONBLOCK = 0x80800;

  public static final int SOL_SOCKET = 1;
  public static final int SO_REUSEADDR = 2;
  public static final int SO_ERROR = 4;
  public static final int SO_KEEPALIVE = 9;
  public static final int SO_LINGER = 13;
  public static final int SO_REUSEPORT = 15;
  public static final int IPPROTO_IP = 0;
  public static final int IP_FREEBIND = 15;
  public static final int IP_TRANSPARENT = 19;
  public static final int IPPROTO_TCP = 6;
  public static final int TCP_NODELAY = 1;
  public static final int TCP_KEEPIDLE = 4;
  public static final int TCP_KEEPINTVL = 5;
  public static final int TCP_KEEPCNT = 6;
  public static final int IPPROTO_IPV6 = 41;
  public static final int IPV6_V6ONLY = 26;
  public static final int IPV6_FREEBIND = 78;

  public static final int MSG_PEEK = 2;
  public static final int MSG_DONTWAIT = 0x40;
  public static final int MSG_NOSIGNAL = 0x4000;
  public static final int MSG_MORE = 0x8000;
  public static final int SHUT_WR = 1;

  public static final int SPLICE_F_MOVE = 1;
  public static final int SPLICE_F_NONBLOCK = 2;
  public static final int SPLICE_F_MORE = 4;
  public static final int F_SETPIPE_SZ = 1031;
  public static final int F_GETPIPE_SZ = 1032;
  public static final int O_CLOEXEC_NONBLOCK = 0x80800;

  public static final int PROT_READ_WRITE = 3;
  public static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  public static final int MADV_DONTNEED = 4;

  private static final boolean LINUX = "Linux".equals(System.getProperty("os.name"));

  private Os() {}

  /** Whether the calls of {@link Libc} are there: Linux on x86-64 or AArch64. */
  public static boolean isLinux() {
    return LINUX;
  }

  /** Size of {@code struct epoll_event}: packed on x86-64 alone. */
  public static int epollEventBytes() {
    return "amd64".equals(System.getProperty("os.arch")) ? 12 : 16;
  }
}
