package io.weft.carrier;

/** What is attached to the keys of a {@link NioPoller}. */
public interface NioPollable {
  /**
   * Something happened; {@code ready} are the bits of {@link java.nio.channels.SelectionKey}. Runs
   * on the carrier outside any virtual thread and must not block.
   */
  void onReady(int ready);

  /** The carrier ends, and with it the channel. */
  default void onStop() {}
}
