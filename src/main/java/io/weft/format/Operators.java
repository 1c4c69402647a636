package io.weft.format;

import io.weft.http.HeaderName;
import io.weft.http.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The operators that formats may use, by name. */
final class Operators {
  /** Operators of Envoy that have no value in Weft yet: refused, never shown as absent. */
  private static final Set<String> NOT_YET =
      Set.of(
          "CLUSTER_METADATA",
          "CUSTOM_FLAGS",
          "METADATA",
          "QUERY_PARAM",
          "QUERY_PARAMS",
          "PATH",
          "START_TIME_LOCAL",
          "EMIT_TIME",
          "EMIT_TIME_LOCAL",
          "TRACE_ID",
          "SPAN_ID",
          "DOWNSTREAM_WIRE_BYTES_RECEIVED",
          "DOWNSTREAM_WIRE_BYTES_SENT",
          "TLS_JA3_FINGERPRINT",
          "TLS_JA4_FINGERPRINT",
          "UPSTREAM_METADATA",
          "UPSTREAM_FILTER_STATE",
          "UPSTREAM_HOST_NAME",
          "UPSTREAM_HOST_NAME_WITHOUT_PORT",
          "UPSTREAM_HOSTS_ATTEMPTED",
          "UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT",
          "UPSTREAM_HOST_NAMES_ATTEMPTED",
          "UPSTREAM_CONNECTION_ID",
          "UPSTREAM_CONNECTION_POOL_READY_DURATION",
          "UPSTREAM_DETECTED_CLOSE_TYPE",
          "DOWNSTREAM_DETECTED_CLOSE_TYPE",
          "DOWNSTREAM_TRANSPORT_FAILURE_REASON",
          "DOWNSTREAM_LOCAL_CLOSE_REASON",
          "DOWNSTREAM_LOCAL_OTHERNAME_SAN",
          "DOWNSTREAM_HANDSHAKE_DURATION",
          "ROUNDTRIP_DURATION",
          "UPSTREAM_PROTOCOL",
          "REQUEST_HEADERS_BYTES",
          "RESPONSE_HEADERS_BYTES",
          "RESPONSE_TRAILERS_BYTES",
          "BYTES_RETRANSMITTED",
          "PACKETS_RETRANSMITTED",
          "COALESCE",
          "CEL",
          "TYPED_CEL");

  private static final Set<String> NOT_YET_PREFIXES =
      Set.of("DOWNSTREAM_TLS_", "DOWNSTREAM_PEER_", "UPSTREAM_TLS_", "UPSTREAM_PEER_");

  private Operators() {}

  static Operator compile(OperatorCall call) throws FormatException {
    Operator withArgument = withArgument(call);
    if (withArgument != null) {
      return withArgument;
    }
    Operator timed = TlsOperators.withArgument(call);
    if (timed != null) {
      return timed;
    }
    Operator operator = bare(call.name());
    if (operator == null) {
      boolean isKnown =
          NOT_YET.contains(call.name())
              || call.name().endsWith("_HEADER_BYTES_RECEIVED")
              || call.name().endsWith("_HEADER_BYTES_SENT")
              || NOT_YET_PREFIXES.stream().anyMatch(call.name()::startsWith);
      throw call.error(isKnown ? "not supported by Weft yet" : "no such operator");
    }
    call.bare();
    return operator;
  }

  private static @Nullable Operator withArgument(OperatorCall call) throws FormatException {
    return switch (call.name()) {
      case "START_TIME" -> {
        call.noLength();
        yield StartTime.compile(call);
      }
      case "REQ", "REQUEST_HEADER" -> RequestHeader.compile(call, false);
      case "REQ_WITHOUT_QUERY" -> RequestHeader.compile(call, true);
      case "RESP", "RESPONSE_HEADER" -> ResponseHeader.compile(call, Facts::responseHeaders);
      case "TRAILER", "RESPONSE_TRAILER" -> ResponseHeader.compile(call, Facts::responseTrailers);
      case "DYNAMIC_METADATA" -> DynamicMetadata.compile(call);
      case "FILTER_STATE" -> FilterState.compile(call);
      case "COMMON_DURATION" -> {
        call.noLength();
        yield CommonDuration.compile(call);
      }
      case "GRPC_STATUS" -> {
        call.noLength();
        yield new GrpcStatus(
            call.oneOf(Set.of("CAMEL_STRING", "SNAKE_STRING", "NUMBER")).isEmpty()
                ? "CAMEL_STRING"
                : call.argument());
      }
      case "LOCAL_REPLY_BODY" -> new ReplyBody(call.maxLength());
      case "RESPONSE_CODE_DETAILS" -> {
        // ALLOW_WHITESPACES keeps spaces, which are otherwise shown as '_' (Envoy's formatter docs)
        boolean keepsSpaces = !call.oneOf(Set.of("ALLOW_WHITESPACES")).isEmpty();
        yield text(
            facts -> {
              String details = facts.responseCodeDetails();
              return details == null || keepsSpaces ? details : details.replace(' ', '_');
            },
            call.maxLength());
      }
      case "ENVIRONMENT" -> {
        String value = System.getenv(call.required("the name of an environment variable"));
        yield unicode(_ -> value, call.maxLength());
      }
      default -> null;
    };
  }

  private static @Nullable Operator bare(String name) {
    return switch (name) {
      case "PROTOCOL" ->
          (Named)
              (facts, out) -> {
                Protocol protocol = facts.protocol();
                return protocol == null ? null : protocol.text();
              };
      case "RESPONSE_CODE" -> number(Facts::responseCode);
      case "RESPONSE_FLAGS" -> new Flags(false);
      case "RESPONSE_FLAGS_LONG" -> new Flags(true);
      case "CONNECTION_TERMINATION_DETAILS" -> text(Facts::connectionTerminationDetails);
      case "BYTES_RECEIVED" -> number(Facts::bytesReceived);
      case "BYTES_SENT" -> number(Facts::bytesSent);
      case "UPSTREAM_WIRE_BYTES_RECEIVED" -> number(Facts::upstreamWireBytesReceived);
      case "UPSTREAM_WIRE_BYTES_SENT" -> number(Facts::upstreamWireBytesSent);
      case "DURATION" -> millis(Facts::startNanos, Facts::endNanos);
      case "REQUEST_DURATION" -> millis(Facts::startNanos, Facts::requestReceivedNanos);
      case "REQUEST_TX_DURATION" -> millis(Facts::startNanos, Facts::upstreamRequestSentNanos);
      case "RESPONSE_DURATION" -> millis(Facts::startNanos, Facts::upstreamFirstByteNanos);
      case "RESPONSE_TX_DURATION" ->
          millis(Facts::upstreamFirstByteNanos, Facts::responseLastByteSentNanos);
      case "UPSTREAM_HOST", "UPSTREAM_REMOTE_ADDRESS" -> text(Facts::upstreamHost);
      case "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT" -> withoutPort(Facts::upstreamHost);
      case "UPSTREAM_REMOTE_PORT" -> port(Facts::upstreamHost);
      case "UPSTREAM_LOCAL_ADDRESS" -> text(Facts::upstreamLocalAddress);
      case "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT" -> withoutPort(Facts::upstreamLocalAddress);
      case "UPSTREAM_LOCAL_PORT" -> port(Facts::upstreamLocalAddress);
      case "UPSTREAM_CLUSTER", "UPSTREAM_CLUSTER_RAW" -> unicode(Facts::upstreamCluster);
      case "UPSTREAM_TRANSPORT_FAILURE_REASON" -> unicode(Facts::upstreamTransportFailureReason);
      case "UPSTREAM_REQUEST_ATTEMPT_COUNT" -> number(Facts::upstreamAttempts);
      case "DOWNSTREAM_REMOTE_ADDRESS" -> text(Facts::downstreamRemoteAddress);
      case "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT" -> withoutPort(Facts::downstreamRemoteAddress);
      case "DOWNSTREAM_REMOTE_PORT" -> port(Facts::downstreamRemoteAddress);
      case "DOWNSTREAM_DIRECT_REMOTE_ADDRESS" -> text(Facts::downstreamDirectRemoteAddress);
      case "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT" ->
          withoutPort(Facts::downstreamDirectRemoteAddress);
      case "DOWNSTREAM_DIRECT_REMOTE_PORT" -> port(Facts::downstreamDirectRemoteAddress);
      case "DOWNSTREAM_LOCAL_ADDRESS" -> text(Facts::downstreamLocalAddress);
      case "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT" -> withoutPort(Facts::downstreamLocalAddress);
      case "DOWNSTREAM_LOCAL_PORT" -> port(Facts::downstreamLocalAddress);
      case "REQUESTED_SERVER_NAME" -> text(Facts::requestedServerName);
      case "ROUTE_NAME" -> unicode(Facts::routeName);
      case "VIRTUAL_CLUSTER_NAME" -> unicode(Facts::virtualClusterName);
      case "STREAM_ID" -> text(Operators::streamId);
      case "FILTER_CHAIN_NAME" -> unicode(Facts::filterChainName);
      case "CONNECTION_ID" -> number(Facts::connectionId);
      case "UNIQUE_ID" -> (Named) (_, _) -> uuid();
      case "GRPC_STATUS_NUMBER" -> new GrpcStatus("NUMBER");
      case "HOSTNAME" -> {
        String hostname = hostname();
        yield unicode(_ -> hostname);
      }
      case "ACCESS_LOG_TYPE" -> text(Facts::accessLogType);
      default -> TlsOperators.bare(name);
    };
  }

  /** An operator whose value is Weft's own ASCII text, with nothing to escape. */
  private interface Named extends Operator {
    @Nullable String value(Facts facts, Line out);

    @Override
    default boolean write(Facts facts, Line out) {
      String value = value(facts, out);
      if (value == null) {
        return false;
      }
      out.ascii(value);
      return true;
    }
  }

  private record Text(Function<Facts, @Nullable String> fact, int max) implements Operator {
    @Override
    public boolean write(Facts facts, Line out) {
      String value = fact.apply(facts);
      if (value == null || value.isEmpty()) {
        return false;
      }
      out.value(value, max);
      return true;
    }
  }

  /** Absent only where there was no reply from here: an empty one is shown as it is. */
  private record ReplyBody(int max) implements Operator {
    @Override
    public boolean write(Facts facts, Line out) {
      String value = facts.localReplyBody();
      if (value == null) {
        return false;
      }
      out.unicode(value, max);
      return true;
    }
  }

  private record Unicode(Function<Facts, @Nullable String> fact, int max) implements Operator {
    @Override
    public boolean write(Facts facts, Line out) {
      String value = fact.apply(facts);
      if (value == null || value.isEmpty()) {
        return false;
      }
      out.unicode(value, max);
      return true;
    }
  }

  /** A number; -1 is absent. */
  private record Count(ToLongFunction<Facts> fact) implements Operator {
    @Override
    public boolean write(Facts facts, Line out) {
      long value = fact.applyAsLong(facts);
      if (value == -1) {
        return false;
      }
      out.number(value);
      return true;
    }

    @Override
    public boolean isBareInJson() {
      return true;
    }
  }

  private record Flags(boolean isLong) implements Operator {
    @Override
    public boolean write(Facts facts, Line out) {
      long bits = facts.responseFlags();
      if (bits == 0) {
        out.put('-'); // also where absent facts are left out: Envoy has a flag text, never none
        return true;
      }
      for (long rest = bits; rest != 0; rest &= rest - 1) {
        if (rest != bits) {
          out.put(',');
        }
        ResponseFlag flag = ResponseFlag.lowest(rest);
        out.ascii(isLong ? flag.longText() : flag.text());
      }
      return true;
    }
  }

  static Operator text(Function<Facts, @Nullable String> fact) {
    return new Text(fact, Integer.MAX_VALUE);
  }

  private static Operator text(Function<Facts, @Nullable String> fact, int max) {
    return new Text(fact, max);
  }

  static Operator unicode(Function<Facts, @Nullable String> fact) {
    return new Unicode(fact, Integer.MAX_VALUE);
  }

  private static Operator unicode(Function<Facts, @Nullable String> fact, int max) {
    return new Unicode(fact, max);
  }

  private static Operator number(ToLongFunction<Facts> fact) {
    return new Count(fact);
  }

  private static Operator millis(ToLongFunction<Facts> from, ToLongFunction<Facts> to) {
    return new Count(facts -> {
      long start = from.applyAsLong(facts);
      long end = to.applyAsLong(facts);
      return start == -1 || end == -1 ? -1 : Math.max(0, end - start) / 1_000_000;
    });
  }

  private static Operator withoutPort(Function<Facts, @Nullable String> fact) {
    return text(facts -> {
      String address = fact.apply(facts);
      if (address == null) {
        return null;
      }
      int colon = portColon(address);
      if (colon < 0) {
        return address;
      }
      boolean isV6 = address.charAt(0) == '[';
      return isV6 ? address.substring(1, colon - 1) : address.substring(0, colon);
    });
  }

  private static Operator port(Function<Facts, @Nullable String> fact) {
    return number(facts -> {
      String address = fact.apply(facts);
      int colon = address == null ? -1 : portColon(address);
      return address == null || colon < 0
          ? -1
          : Integer.parseInt(address, colon + 1, address.length(), 10);
    });
  }

  /** Where the colon before the port stands; -1 for the path of a Unix domain socket. */
  private static int portColon(String address) {
    return address.isEmpty() || address.charAt(0) == '/' || address.charAt(0) == '@'
        ? -1
        : address.lastIndexOf(':');
  }

  private static String uuid() {
    var random = ThreadLocalRandom.current();
    long high = random.nextLong() & ~0xf000L | 0x4000L; // RFC 9562 5.4
    long low = random.nextLong() & ~(3L << 62) | 2L << 62;
    return new java.util.UUID(high, low).toString();
  }

  /** Envoy's name for a stream: its request id. */
  private static @Nullable String streamId(Facts facts) {
    var request = facts.request();
    return request == null ? null : request.headers().first(HeaderName.X_REQUEST_ID);
  }

  private static @Nullable String hostname() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      String name = System.getenv("HOSTNAME");
      return name == null ? null : name.toLowerCase(Locale.ROOT);
    }
  }
}
