package io.weft.accesslog;

import io.weft.format.Facts;
import io.weft.format.ResponseFlag;
import io.weft.http.Grpc;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.route.HeaderMatch;
import io.weft.route.MetadataMatch;
import io.weft.runtime.RuntimeSnapshot;
import io.weft.runtime.RuntimeValue;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Which streams are logged. Immutable and shared; asked on the stream's thread, never blocks. */
public sealed interface AccessLogFilter
    permits AccessLogFilter.StatusCode,
        AccessLogFilter.Duration,
        AccessLogFilter.NotHealthCheck,
        AccessLogFilter.Sampled,
        AccessLogFilter.Header,
        AccessLogFilter.Flags,
        AccessLogFilter.Traceable,
        AccessLogFilter.GrpcStatus,
        AccessLogFilter.LogType,
        AccessLogFilter.And,
        AccessLogFilter.Or,
        AccessLogFilter.Metadata {
  boolean passes(Facts facts);

  /** How a number is compared. */
  enum Comparison {
    EQ,
    GE,
    LE,
    NE;

    boolean holds(long value, long limit) {
      return switch (this) {
        case EQ -> value == limit;
        case GE -> value >= limit;
        case LE -> value <= limit;
        case NE -> value != limit;
      };
    }
  }

  /** A number that the runtime may override; the key "" is never overridden. */
  record Limit(long value, String runtimeKey, Supplier<RuntimeSnapshot> runtime) {
    long now() {
      return runtimeKey.isEmpty() ? value : runtime.get().integer(runtimeKey, value);
    }
  }

  /** By the response code; 0 where there was none. */
  record StatusCode(Comparison comparison, Limit limit) implements AccessLogFilter {
    @Override
    public boolean passes(Facts facts) {
      return comparison.holds(facts.responseCode(), limit.now());
    }
  }

  /** By the milliseconds from start to end. */
  record Duration(Comparison comparison, Limit limit) implements AccessLogFilter {
    @Override
    public boolean passes(Facts facts) {
      long end = facts.endNanos();
      return end != -1 && comparison.holds((end - facts.startNanos()) / 1_000_000, limit.now());
    }
  }

  /** All but health checks. */
  record NotHealthCheck() implements AccessLogFilter {
    @Override
    public boolean passes(Facts facts) {
      return !facts.isHealthCheck();
    }
  }

  /**
   * A share of the streams. The lot is drawn from the request id, so that all proxies on the way of
   * a request agree, unless the lots are to be independent or there is no id.
   */
  record Sampled(
      String runtimeKey,
      RuntimeValue.Percent share,
      boolean independent,
      Supplier<RuntimeSnapshot> runtime)
      implements AccessLogFilter {
    @Override
    public boolean passes(Facts facts) {
      long lot = independent ? -1 : idLot(facts.request());
      if (lot < 0) {
        lot = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
      }
      return runtime.get().enabled(runtimeKey, share, lot);
    }

    /** The first eight hex digits of the request id, as Envoy takes them; -1 without such an id. */
    private static long idLot(@Nullable Request request) {
      String id = request == null ? null : request.headers().first(HeaderName.X_REQUEST_ID);
      if (id == null || id.length() != 36) {
        return -1;
      }
      long lot = 0;
      for (int i = 0; i < 8; i++) {
        int digit = Character.digit(id.charAt(i), 16);
        if (digit < 0) {
          return -1;
        }
        lot = lot << 4 | digit;
      }
      return lot;
    }
  }

  /** By a header of the request. */
  record Header(HeaderMatch match) implements AccessLogFilter {
    @Override
    public boolean passes(Facts facts) {
      Request request = facts.request();
      return request != null && match.matches(request);
    }
  }

  /**
   * By response flags: one of these, or any where none is named.
   *
   * @param bits 0 for any
   */
  record Flags(long bits) implements AccessLogFilter {
    static Flags of(List<ResponseFlag> flags) {
      long bits = 0;
      for (ResponseFlag flag : flags) {
        bits |= flag.bit();
      }
      return new Flags(bits);
    }

    @Override
    public boolean passes(Facts facts) {
      return bits == 0 ? facts.responseFlags() != 0 : (facts.responseFlags() & bits) != 0;
    }
  }

  /** Requests that must be traced, as their id says (Envoy: a forced trace). */
  record Traceable() implements AccessLogFilter {
    private static final int REASON_AT = 14;

    @Override
    public boolean passes(Facts facts) {
      Request request = facts.request();
      String id = request == null ? null : request.headers().first(HeaderName.X_REQUEST_ID);
      return id != null
          && id.length() == 36
          && id.charAt(REASON_AT) == 'a'
          && !facts.isHealthCheck();
    }
  }

  /**
   * By the gRPC status: that of the trailers or headers, else what the response code stands for.
   *
   * @param bits one for each status that is listed
   * @param excluded whether those listed are left out, and the others taken
   */
  record GrpcStatus(long bits, boolean excluded) implements AccessLogFilter {
    @Override
    public boolean passes(Facts facts) {
      String text = text(facts.responseTrailers());
      if (text == null) {
        text = text(facts.responseHeaders());
      }
      int status = text == null ? Grpc.statusOf(facts.responseCode()) : Grpc.parseStatus(text);
      boolean listed = status < 64 && (bits & 1L << status) != 0;
      return listed != excluded;
    }

    private static @Nullable String text(@Nullable Headers headers) {
      return headers == null ? null : headers.first(HeaderName.GRPC_STATUS);
    }
  }

  /**
   * By what the line is about: {@code DownstreamEnd}, {@code TcpConnectionEnd}.
   *
   * @param excluded whether the types listed are left out, and the others taken
   */
  record LogType(Set<String> types, boolean excluded) implements AccessLogFilter {
    @Override
    public boolean passes(Facts facts) {
      return types.contains(facts.accessLogType()) != excluded;
    }
  }

  /**
   * By a value of the dynamic metadata.
   *
   * @param ifAbsent whether a stream without the value passes
   */
  record Metadata(MetadataMatch match, boolean ifAbsent) implements AccessLogFilter {
    @Override
    public boolean passes(Facts facts) {
      Object metadata = facts.dynamicMetadata(match.namespace());
      return match.isAbout(metadata) ? match.holdsIn(metadata) : ifAbsent;
    }
  }

  /** All of these. */
  record And(List<AccessLogFilter> filters) implements AccessLogFilter {
    @Override
    public boolean passes(Facts facts) {
      for (AccessLogFilter filter : filters) {
        if (!filter.passes(facts)) {
          return false;
        }
      }
      return true;
    }
  }

  /** One of these. */
  record Or(List<AccessLogFilter> filters) implements AccessLogFilter {
    @Override
    public boolean passes(Facts facts) {
      for (AccessLogFilter filter : filters) {
        if (filter.passes(facts)) {
          return true;
        }
      }
      return false;
    }
  }
}
