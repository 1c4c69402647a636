package io.weft.sys;

/** Numbers and names of Linux errors. */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EINVAL = 22;
  public static final int ENFILE = 23;
  public static final int EMFILE = 24;
  public static final int EPIPE = 32;
  public static final int EADDRINUSE = 98;
  public static final int EADDRNOTAVAIL = 99;
  public static final int ENETUNREACH = 101;
  public static final int ECONNABORTED = 103;
  public static final int ECONNRESET = 104;
  public static final int ENOBUFS = 105;
  public static final int ENOTCONN = 107;
  public static final int ETIMEDOUT = 110;
  public static final int ECONNREFUSED = 111;
  public static final int EHOSTUNREACH = 113;
  public static final int EINPROGRESS = 115;

  private Errno() {}

  /** The text of an error for a message, {@code errno 5} where it has no name here. */
  public static String text(int errno) {
    return switch (errno) {
      case EPERM -> "operation not permitted";
      case ENOENT -> "no such file or directory";
      case EINTR -> "interrupted system call";
      case EAGAIN -> "resource temporarily unavailable";
      case ENOMEM -> "out of memory";
      case EACCES -> "permission denied";
      case EINVAL -> "invalid argument";
      case ENFILE -> "too many open files in the system";
      case EMFILE -> "too many open files";
      case EPIPE -> "broken pipe";
      case EADDRINUSE -> "address already in use";
      case EADDRNOTAVAIL -> "cannot assign requested address";
      case ENETUNREACH -> "network is unreachable";
      case ECONNABORTED -> "connection aborted";
      case ECONNRESET -> "connection reset by peer";
      case ENOBUFS -> "no buffer space available";
      case ENOTCONN -> "not connected";
      case ETIMEDOUT -> "connection timed out";
      case ECONNREFUSED -> "connection refused";
      case EHOSTUNREACH -> "no route to host";
      case EINPROGRESS -> "operation now in progress";
      default -> "errno " + errno;
    };
  }
}
