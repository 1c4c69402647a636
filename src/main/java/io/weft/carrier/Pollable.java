package io.weft.carrier;

/** What is registered with an {@link EpollPoller}. */
public interface Pollable {
  /**
   * Something happened; {@code events} are the EPOLL bits. Runs on the carrier outside any virtual
   * thread and must not block.
   */
  void onEvents(int events);

  /** The carrier stops: close the descriptor. */
  void onStop();
}
