package io.weft.carrier;

/** Which poller carriers use. */
public enum PollerKind {
  /** Linux's epoll, called directly. */
  EPOLL,
  /** {@code java.nio} selectors, which work everywhere. */
  NIO,
  /** {@link #EPOLL} on Linux, else {@link #NIO}. */
  AUTO
}
