package io.weft.filter.http.buffer;

import io.weft.filter.HttpFilter;
import io.weft.http.Body;
import io.weft.http.HeaderName;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.stream.StreamInfo;
import java.io.IOException;

/**
 * Waits for the whole request, so that a slow client holds no upstream connection. A body that is
 * longer than allowed is answered 413; a request without content-length gets one.
 */
record BufferFilter(String name, BufferConfig config) implements HttpFilter {
  @Override
  public Response filter(Request request, StreamInfo stream, Next next) throws IOException {
    BufferConfig now =
        stream.route().filterConfig(name) instanceof BufferConfig ofRoute ? ofRoute : config;
    // a tunnel has no end to wait for
    if (now.maxRequestBytes() == 0 || !request.hasBody() || request.upgrade() != null) {
      return next.proceed(request, stream);
    }
    Body whole = request.body().buffered(now.maxRequestBytes());
    if (whole.trailers() == null && !request.headers().contains(HeaderName.CONTENT_LENGTH)) {
      // with trailers the body stays chunked: content-length would leave no place for them
      request.headers().remove(HeaderName.TRANSFER_ENCODING);
      request.headers().set(HeaderName.CONTENT_LENGTH, Long.toString(whole.length()));
    }
    return next.proceed(request.withBody(whole), stream);
  }
}
