package io.weft.codec;

import io.weft.http.Headers;
import java.io.IOException;

/** Takes the interim responses of a stream that are passed on: 103. */
@FunctionalInterface
public interface Interim {
  /** Drops what comes. */
  Interim NONE = (status, headers) -> {};

  /** An interim response has come; the headers are the receiver's. */
  void onInterim(int status, Headers headers) throws IOException;
}
