package io.weft.hcm;

import io.weft.carrier.Carrier;
import io.weft.codec.BodyBrokenException;
import io.weft.codec.ProtocolException;
import io.weft.codec.ServerStream;
import io.weft.filter.HttpFilter;
import io.weft.http.BodyTooLargeException;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.net.NetException;
import io.weft.stream.DownstreamException;
import io.weft.stream.FilterException;
import io.weft.stream.InternalRedirect;
import io.weft.stream.StreamDurationException;
import io.weft.stream.StreamIdleException;
import io.weft.stream.StreamInfo;
import io.weft.stream.UpstreamException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP filters of a connection manager folded, once, from the router outwards into one call.
 * Shared by all streams. Each link knows its place, so that misuse and failures name the filter.
 */
final class HttpFilterChain {
  private HttpFilterChain() {}

  /** The whole chain as one call. */
  static HttpFilter.Next fold(List<HcmConfig.Named> filters, HttpFilter.Next router) {
    HttpFilter.Next next = router;
    for (int i = filters.size() - 1; i >= 0; i--) {
      next = new Link(i + 1, filters.get(i), new Guard(i + 1, filters.get(i).name(), next));
    }
    return next;
  }

  /** One filter around the rest. */
  private record Link(int place, HcmConfig.Named named, Guard next) implements HttpFilter.Next {
    @Override
    public Response proceed(Request request, StreamInfo stream) throws IOException {
      if (!stream.route().isFilterEnabled(named.name(), named.enabled())) {
        return next.rest.proceed(request, stream);
      }
      try {
        Response response =
            named.users()
                ? callUsers(request, stream)
                : named.filter().filter(request, stream, next);
        if (response == null) {
          throw new IllegalStateException("the filter returned no response");
        }
        return response;
      } catch (RuntimeException e) {
        throw new FilterException(named.name(), e);
      } catch (IOException e) {
        if (isWefts(e)) {
          throw e;
        }
        throw new FilterException(named.name(), e);
      }
    }

    /**
     * The watchdog may then name the filter that holds its carrier; and where the client leaves
     * while the filter waits for something of its own, such as a database, it is interrupted.
     */
    private Response callUsers(Request request, StreamInfo stream) throws IOException {
      Carrier carrier = Carrier.current();
      ServerStream client = stream.exchange();
      if (client != null) {
        client.onCancel(Thread.currentThread()::interrupt);
      }
      long[] section = {carrier.enter()};
      boolean[] alone = {client != null};
      try {
        return named
            .filter()
            .filter(
                request,
                stream,
                (inner, info) -> {
                  carrier.exit(section[0]);
                  leave(client, alone);
                  try {
                    return next.proceed(inner, info);
                  } finally {
                    section[0] = carrier.enter();
                  }
                });
      } finally {
        carrier.exit(section[0]);
        leave(client, alone);
      }
    }

    /** From here on it is not the filter that waits. */
    private static void leave(@Nullable ServerStream client, boolean[] alone) {
      if (client != null && alone[0]) {
        alone[0] = false;
        client.onCancel(null);
        if (client.isCanceled()) {
          Thread.interrupted(); // it has been heard; the stream still has to end in order
        }
      }
    }

    private static boolean isWefts(IOException e) {
      return e instanceof UpstreamException
          || e instanceof DownstreamException
          || e instanceof FilterException
          || e instanceof InternalRedirect
          || e instanceof StreamIdleException
          || e instanceof StreamDurationException
          || e instanceof BodyTooLargeException
          || e instanceof BodyBrokenException
          || e instanceof ProtocolException
          || e instanceof NetException;
    }
  }

  /** Sees to it that a filter proceeds at most once in a stream. */
  private record Guard(int place, String filter, HttpFilter.Next rest) implements HttpFilter.Next {
    @Override
    public Response proceed(Request request, StreamInfo stream) throws IOException {
      if (!stream.proceed(place)) {
        throw new IllegalStateException("proceed was called twice for one stream");
      }
      stream.request(request);
      return rest.proceed(request, stream);
    }
  }
}
