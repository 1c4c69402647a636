package io.weft.filter;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where the bytes of a connection come from. Read by one thread at a time. */
@FunctionalInterface
public interface Source {
  /**
   * Reads into {@code target} from its position; blocks until at least one byte is there.
   *
   * @return the number of bytes, or -1 once the peer has ended its side
   */
  int read(ByteBuffer target) throws IOException;
}
