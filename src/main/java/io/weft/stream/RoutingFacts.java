package io.weft.stream;

import io.weft.net.Security;
import io.weft.runtime.RuntimeSnapshot;
import io.weft.runtime.RuntimeValue;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a routing decision looks at besides the request: one lot a stream, and the runtime values of
 * its start. Both are the same at every call, so that a decision taken twice is the same twice.
 */
public interface RoutingFacts {
  /** The lot 0 and no runtime values. */
  RoutingFacts NONE =
      new RoutingFacts() {
        @Override
        public long random() {
          return 0;
        }

        @Override
        public RuntimeSnapshot runtime() {
          return RuntimeSnapshot.EMPTY;
        }
      };

  /** The lot of this stream; not negative. */
  long random();

  /** The runtime values that hold for this stream. */
  RuntimeSnapshot runtime();

  /** What the handshake with the client has established; null in clear text. */
  default @Nullable Security downstreamSecurity() {
    return null;
  }

  /** What filters have noted under a namespace. */
  default Map<String, Object> dynamicMetadata(String namespace) {
    return Map.of();
  }

  /** What a filter has set under a key for others; null if none has. */
  default @Nullable Object filterState(String key) {
    return null;
  }

  /** Whether the lot of this stream falls into the share of {@code key}. */
  default boolean enabled(String key, RuntimeValue.Percent ifAbsent) {
    return runtime().enabled(key, ifAbsent, random());
  }
}
