package io.weft.filter;

import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.stream.StreamInfo;
import java.io.IOException;

/**
 * One step around a stream: above {@code proceed} the request goes up, below it the response comes
 * down.
 *
 * <p>Built once from configuration and shared by all streams of all carriers: what belongs to one
 * stream is a local variable. It runs on the stream's virtual thread, which must not be held by
 * files, native code or long computing (see {@code Blocking}); a call that parks is fine. What it
 * throws of its own becomes a 500 that names the filter in the log.
 */
@FunctionalInterface
public interface HttpFilter {
  /**
   * Filters one stream.
   *
   * @return the response to hand outwards; a response that came from {@code next} and is not
   *     returned must be closed by its body
   */
  Response filter(Request request, StreamInfo stream, Next next) throws IOException;

  /** The rest of the chain, down to the router. */
  @FunctionalInterface
  interface Next {
    /**
     * Hands the request on and blocks until the head of the response is here. Call it once, or not
     * at all to answer from here.
     *
     * @throws IllegalStateException if it is called twice for one stream
     */
    Response proceed(Request request, StreamInfo stream) throws IOException;
  }
}
