package io.weft.codec.h2;

import io.weft.net.Buffer;

/** A buffer of whole frames that waits to be written. */
final class Chunk {
  final Buffer buffer;

  /** Frames in it. */
  int frames;

  /** Whether it holds control frames and header blocks. */
  boolean control;

  /** The number of those that are all out when it is. */
  int controls;

  /** Those of them that answer the peer. */
  int answers;

  /** A stream reads its body into it: nobody else appends, and it is not written yet. */
  boolean claimed;

  Chunk(Buffer buffer) {
    this.buffer = buffer;
  }
}
