package io.weft.http;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;

/**
 * The name of a header field in lower case. Immutable. Names the proxy itself asks for are interned
 * constants with a small number, so that looking one up compares numbers and not text.
 */
public final class HeaderName {
  /** For codecs: the number of a name that is not one of the constants below. */
  public static final int UNKNOWN = -1;

  private static final HeaderName[] KNOWN = new HeaderName[64];
  private static final HeaderName[] SLOTS = new HeaderName[1024];
  private static int known;

  public static final HeaderName HOST = known("host");
  public static final HeaderName CONNECTION = known("connection");
  public static final HeaderName CONTENT_LENGTH = known("content-length");
  public static final HeaderName TRANSFER_ENCODING = known("transfer-encoding");
  public static final HeaderName TE = known("te");
  public static final HeaderName UPGRADE = known("upgrade");
  public static final HeaderName KEEP_ALIVE = known("keep-alive");
  public static final HeaderName PROXY_CONNECTION = known("proxy-connection");
  public static final HeaderName EXPECT = known("expect");
  public static final HeaderName TRAILER = known("trailer");
  public static final HeaderName HTTP2_SETTINGS = known("http2-settings");
  public static final HeaderName DATE = known("date");
  public static final HeaderName SERVER = known("server");
  public static final HeaderName VIA = known("via");
  public static final HeaderName CONTENT_TYPE = known("content-type");
  public static final HeaderName CONTENT_ENCODING = known("content-encoding");
  public static final HeaderName USER_AGENT = known("user-agent");
  public static final HeaderName LOCATION = known("location");
  public static final HeaderName REFERER = known("referer");
  public static final HeaderName COOKIE = known("cookie");
  public static final HeaderName SET_COOKIE = known("set-cookie");
  public static final HeaderName AUTHORIZATION = known("authorization");
  public static final HeaderName X_REQUEST_ID = known("x-request-id");
  public static final HeaderName X_FORWARDED_FOR = known("x-forwarded-for");
  public static final HeaderName X_FORWARDED_PROTO = known("x-forwarded-proto");
  public static final HeaderName X_FORWARDED_PORT = known("x-forwarded-port");
  public static final HeaderName X_FORWARDED_HOST = known("x-forwarded-host");
  public static final HeaderName X_FORWARDED_CLIENT_CERT = known("x-forwarded-client-cert");
  public static final HeaderName X_CLIENT_TRACE_ID = known("x-client-trace-id");
  public static final HeaderName GRPC_STATUS = known("grpc-status");
  public static final HeaderName GRPC_MESSAGE = known("grpc-message");
  public static final HeaderName GRPC_TIMEOUT = known("grpc-timeout");
  public static final HeaderName X_ENVOY_INTERNAL = known("x-envoy-internal");
  public static final HeaderName X_ENVOY_EXTERNAL_ADDRESS = known("x-envoy-external-address");
  public static final HeaderName X_ENVOY_ORIGINAL_PATH = known("x-envoy-original-path");
  public static final HeaderName X_ENVOY_ORIGINAL_HOST = known("x-envoy-original-host");
  public static final HeaderName X_ENVOY_OVERLOADED = known("x-envoy-overloaded");
  public static final HeaderName X_ENVOY_UPSTREAM_SERVICE_TIME =
      known("x-envoy-upstream-service-time");
  public static final HeaderName X_ENVOY_EXPECTED_RQ_TIMEOUT_MS =
      known("x-envoy-expected-rq-timeout-ms");
  public static final HeaderName X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS =
      known("x-envoy-upstream-rq-timeout-ms");
  public static final HeaderName X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS =
      known("x-envoy-upstream-rq-per-try-timeout-ms");
  public static final HeaderName X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE =
      known("x-envoy-upstream-rq-timeout-alt-response");
  public static final HeaderName X_ENVOY_UPSTREAM_ALT_STAT_NAME =
      known("x-envoy-upstream-alt-stat-name");
  public static final HeaderName X_ENVOY_UPSTREAM_CANARY = known("x-envoy-upstream-canary");
  public static final HeaderName X_ENVOY_RETRY_ON = known("x-envoy-retry-on");
  public static final HeaderName X_ENVOY_RETRY_GRPC_ON = known("x-envoy-retry-grpc-on");
  public static final HeaderName X_ENVOY_MAX_RETRIES = known("x-envoy-max-retries");
  public static final HeaderName X_ENVOY_RETRIABLE_STATUS_CODES =
      known("x-envoy-retriable-status-codes");
  public static final HeaderName X_ENVOY_RETRIABLE_HEADER_NAMES =
      known("x-envoy-retriable-header-names");
  public static final HeaderName X_ENVOY_FORCE_TRACE = known("x-envoy-force-trace");
  public static final HeaderName X_ENVOY_IP_TAGS = known("x-envoy-ip-tags");
  public static final HeaderName X_ENVOY_ORIGINAL_URL = known("x-envoy-original-url");
  public static final HeaderName X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT =
      known("x-envoy-hedge-on-per-try-timeout");
  public static final HeaderName X_ENVOY_DECORATOR_OPERATION = known("x-envoy-decorator-operation");
  public static final HeaderName X_ENVOY_DOWNSTREAM_SERVICE_CLUSTER =
      known("x-envoy-downstream-service-cluster");
  public static final HeaderName X_ENVOY_DOWNSTREAM_SERVICE_NODE =
      known("x-envoy-downstream-service-node");
  public static final HeaderName X_ENVOY_ATTEMPT_COUNT = known("x-envoy-attempt-count");

  private final String text;
  private final byte[] bytes;
  private final int number;

  private HeaderName(String text, int number) {
    this.text = text;
    this.bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    this.number = number;
  }

  private static HeaderName known(String text) {
    var name = new HeaderName(text, known);
    KNOWN[known++] = name;
    int slot = slot(name.bytes, 0, name.bytes.length);
    while (SLOTS[slot] != null) {
      slot = (slot + 1) & (SLOTS.length - 1);
    }
    SLOTS[slot] = name;
    return name;
  }

  /**
   * The name for {@code text}, which may be in any case.
   *
   * @throws IllegalArgumentException if the text is not a token (RFC 9110 5.6.2)
   */
  public static HeaderName of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int number = numberOf(bytes, 0, bytes.length);
    if (number >= 0) {
      return Objects.requireNonNull(KNOWN[number]);
    }
    if (!Tokens.isToken(text)) {
      throw new IllegalArgumentException("header name: '" + text + "' (expected: a token)");
    }
    return new HeaderName(text.toLowerCase(Locale.ROOT), UNKNOWN);
  }

  /** For codecs: the number of the constant these bytes spell in any case, or {@link #UNKNOWN}. */
  public static int numberOf(byte[] data, int offset, int length) {
    if (length < 2) {
      return UNKNOWN;
    }
    for (int slot = slot(data, offset, length); ; slot = (slot + 1) & (SLOTS.length - 1)) {
      HeaderName name = SLOTS[slot];
      if (name == null) {
        return UNKNOWN;
      }
      if (name.spelledBy(data, offset, length)) {
        return name.number;
      }
    }
  }

  private static int slot(byte[] data, int offset, int length) {
    int first = data[offset] | 0x20;
    int last = data[offset + length - 1] | 0x20;
    int middle = data[offset + (length >> 1)] | 0x20;
    return (length * 61 + first * 37 + last * 17 + middle * 5) & 1023;
  }

  /** Whether these bytes are this name in any case. */
  boolean spelledBy(byte[] data, int offset, int length) {
    return Tokens.equalsLowerCase(data, offset, length, bytes);
  }

  /** For codecs: its number, {@link #UNKNOWN} if it is not one of the constants. */
  public int number() {
    return number;
  }

  /** A set of the constants below, for {@link Headers#removeAny}. */
  public static final class Group {
    private final HeaderName[] names;
    final long numbers;

    private Group(HeaderName[] names) {
      this.names = names;
      long bits = 0;
      for (HeaderName name : names) {
        if (name.number < 0) {
          throw new IllegalArgumentException(name + ": not one of the constants");
        }
        bits |= 1L << name.number;
      }
      numbers = bits;
    }

    /** These constants. */
    public static Group of(HeaderName... names) {
      return new Group(names.clone());
    }

    void removeFrom(Headers headers) {
      for (HeaderName name : names) {
        headers.remove(name);
      }
    }
  }

  /** The name in lower case. */
  public String text() {
    return text;
  }

  @Override
  public String toString() {
    return text;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HeaderName name && name.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }
}
