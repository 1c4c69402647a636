package io.weft.route;

import io.weft.http.Grpc;
import io.weft.http.Headers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How long streams of a route may last, {@code grpc-timeout} included. Immutable, nanoseconds. */
final class GrpcTimeouts {
  private final long maxStream; // -1: not said
  private final long streamMax; // -1: the header is not asked
  private final long streamOffset;
  private final long max; // -1: the header is not asked
  private final long offset;

  GrpcTimeouts(ActionConfig.StreamLimits limits) {
    maxStream = nanos(limits.maxStream(), -1);
    streamMax = nanos(limits.grpcStreamMax(), -1);
    streamOffset = nanos(limits.grpcStreamOffset(), 0);
    max = nanos(limits.grpcMax(), -1);
    offset = nanos(limits.grpcOffset(), 0);
  }

  private static long nanos(@Nullable Duration duration, long ifNull) {
    return duration == null ? ifNull : Route.Forward.nanos(duration);
  }

  /** Whether {@code grpc-timeout} is the timeout of gRPC calls. */
  boolean heedsTimeout() {
    return max >= 0;
  }

  /** The timeout of a gRPC call, 0 for none. */
  long timeout(Headers headers) {
    long wanted = Math.max(0, Grpc.timeoutNanos(headers));
    if (offset < wanted) { // never down to 0, which means for ever
      wanted -= offset;
    }
    return max != 0 && (wanted == 0 || wanted > max) ? max : wanted;
  }

  /** How long a stream may last: 0 for ever, -1 if that is not said. */
  long maxStream(Headers headers) {
    if (streamMax < 0) {
      return maxStream;
    }
    long wanted = Grpc.timeoutNanos(headers);
    if (wanted < 0) {
      return maxStream;
    }
    if (streamMax != 0 && wanted > streamMax) {
      wanted = streamMax;
    }
    return Math.max(1, wanted - streamOffset); // a call that has no time left ends at once
  }
}
