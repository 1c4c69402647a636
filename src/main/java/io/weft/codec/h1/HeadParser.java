package io.weft.codec.h1;

import io.weft.codec.Authority;
import io.weft.codec.ProtocolException;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Tokens;

/**
 * Reads the head of one HTTP/1 message from a byte array, strictly (RFC 9112 2 to 6). Holds the
 * result until the next call; one a carrier, never used across a wait.
 *
 * <p>Each rule that a lenient parser would bend is one that two parsers could bend differently, and
 * so a way to smuggle a request: line ends are CR LF, a field name touches its colon, nothing is
 * folded, a length is digits.
 */
final class HeadParser {
  /** 0 for no token, 1 for a token, 3 for the underscore. */
  private static final byte[] NAME = new byte[256];

  private static final boolean[] VALUE = new boolean[256];
  private static final boolean[] TARGET = new boolean[256];
  private static final byte[] CHUNKED = {'c', 'h', 'u', 'n', 'k', 'e', 'd'};
  private static final byte[] CLOSE = {'c', 'l', 'o', 's', 'e'};
  private static final byte[] KEEP_ALIVE = {'k', 'e', 'e', 'p', '-', 'a', 'l', 'i', 'v', 'e'};
  private static final byte[] CONTINUE = {
    '1', '0', '0', '-', 'c', 'o', 'n', 't', 'i', 'n', 'u', 'e'
  };

  static {
    for (int c = 0; c < 256; c++) {
      NAME[c] = (byte) (c == '_' ? 3 : Tokens.isTokenByte((byte) c) ? 1 : 0);
      VALUE[c] = Tokens.isValueByte((byte) c);
      TARGET[c] = c > ' ' && c < 127 && c != '#';
    }
  }

  private final HeadLimits limits;
  private final boolean request;

  // The result of the last call that returned more than 0.
  int methodStart;
  int methodEnd;
  int targetStart;
  int targetEnd;
  int status;
  boolean http10;
  long contentLength;
  boolean chunked;
  boolean connectionClose;
  boolean connectionKeepAlive;
  boolean expectContinue;

  private byte[] data = new byte[0];
  private int at;
  private int end;

  HeadParser(HeadLimits limits, boolean request) {
    this.limits = limits;
    this.request = request;
  }

  HeadLimits limits() {
    return limits;
  }

  boolean isRequest() {
    return request;
  }

  /**
   * Reads a request head.
   *
   * @param headers over {@code bytes}; gets the fields
   * @return the length of the head, or 0 if more bytes are needed
   */
  int parseRequest(byte[] bytes, int length, Headers headers) throws ProtocolException {
    begin(bytes, length);
    if (at < end && data[at] == '\r') {
      // RFC 9112 2.2: one empty line before the request line is passed over.
      if (at + 1 == end) {
        return 0;
      }
      if (data[at + 1] != '\n') {
        throw bad("http1.codec_error", "a bare CR before the request line (expected: CR LF)");
      }
      at += 2;
    }
    if (!requestLine() || !fields(headers)) {
      return 0;
    }
    requestFraming(headers);
    return at;
  }

  /**
   * Reads a response head.
   *
   * @return the length of the head, or 0 if more bytes are needed
   */
  int parseResponse(byte[] bytes, int length, Headers headers) throws ProtocolException {
    begin(bytes, length);
    if (!statusLine() || !fields(headers)) {
      return 0;
    }
    responseFraming(headers);
    return at;
  }

  /**
   * Reads the trailer section behind a last chunk, up to its empty line.
   *
   * @return its length, or 0 if more bytes are needed
   */
  int parseTrailers(byte[] bytes, int length, Headers headers) throws ProtocolException {
    begin(bytes, length);
    return fields(headers) ? at : 0;
  }

  private void begin(byte[] bytes, int length) {
    data = bytes;
    at = 0;
    end = length;
    contentLength = -1;
    chunked = false;
    connectionClose = false;
    connectionKeepAlive = false;
    expectContinue = false;
    http10 = false;
  }

  private boolean requestLine() throws ProtocolException {
    methodStart = at;
    while (at < end && Tokens.isTokenByte(data[at])) {
      at++;
    }
    methodEnd = at;
    if (methodEnd - methodStart > 32) {
      throw bad("http1.codec_error", "method: longer than 32 characters");
    }
    if (at == end) {
      return false;
    }
    if (data[at] != ' ' || methodEnd == methodStart) {
      throw bad(
          "http1.codec_error",
          "request line: " + shown(data[at]) + " in the method (expected: a token, one space)");
    }
    targetStart = ++at;
    int last = (int) Math.min(end, (long) at + limits.maxTargetBytes() + 1);
    while (at < last && TARGET[data[at] & 0xff]) {
      at++;
    }
    targetEnd = at;
    if (targetEnd - targetStart > limits.maxTargetBytes()) {
      throw new ProtocolException(
          414,
          "http1.uri_too_long",
          "request target: longer than " + limits.maxTargetBytes() + " bytes");
    }
    if (at == end) {
      return false;
    }
    if (data[at] != ' ' || targetEnd == targetStart) {
      throw bad(
          "http1.codec_error",
          "request line: " + shown(data[at]) + " in the target (expected: visible ASCII, no '#')");
    }
    at++;
    return version() && lineEnd("request line");
  }

  private boolean version() throws ProtocolException {
    if (end - at < 8) {
      for (int i = 0; at + i < end; i++) {
        if (!isVersionByte(i, data[at + i])) {
          throw bad("http1.codec_error", "version: (expected: HTTP/1.1)");
        }
      }
      return false;
    }
    for (int i = 0; i < 8; i++) {
      if (!isVersionByte(i, data[at + i])) {
        throw bad("http1.codec_error", "version: (expected: HTTP/1.1)");
      }
    }
    byte minor = data[at + 7];
    if (data[at + 5] != '1' || minor > '1') {
      throw new ProtocolException(
          505,
          "http1.unsupported_version",
          "version: HTTP/" + (char) data[at + 5] + "." + (char) minor + " (expected: HTTP/1.1)");
    }
    http10 = minor == '0';
    at += 8;
    return true;
  }

  private static boolean isVersionByte(int index, byte b) {
    return switch (index) {
      case 0 -> b == 'H';
      case 1, 2 -> b == 'T';
      case 3 -> b == 'P';
      case 4 -> b == '/';
      case 6 -> b == '.';
      default -> b >= '0' && b <= '9';
    };
  }

  private boolean statusLine() throws ProtocolException {
    if (!version()) {
      return false;
    }
    if (end - at < 4) {
      return false;
    }
    if (data[at] != ' ') {
      throw bad("http1.codec_error", "status line: no space behind the version");
    }
    int value = 0;
    for (int i = 1; i <= 3; i++) {
      int digit = data[at + i] - '0';
      if (digit < 0 || digit > 9) {
        throw bad("http1.codec_error", "status: not three digits");
      }
      value = value * 10 + digit;
    }
    if (value < 100) {
      throw bad("http1.codec_error", "status: " + value + " (expected: 100-999)");
    }
    status = value;
    at += 4;
    if (at < end && data[at] == ' ') {
      at++;
      while (at < end && VALUE[data[at] & 0xff]) {
        at++;
      }
    }
    return lineEnd("status line");
  }

  private boolean lineEnd(String where) throws ProtocolException {
    if (at == end) {
      return tooLong();
    }
    if (data[at] != '\r') {
      throw bad("http1.codec_error", where + ": " + shown(data[at]) + " (expected: CR LF)");
    }
    if (at + 1 == end) {
      return tooLong();
    }
    if (data[at + 1] != '\n') {
      throw bad("http1.codec_error", where + ": a bare CR (expected: CR LF)");
    }
    at += 2;
    return true;
  }

  private boolean fields(Headers headers) throws ProtocolException {
    int count = 0;
    byte[] data = this.data;
    int end = this.end;
    while (true) {
      int p = at;
      if (end - p < 2) {
        if (p < end && data[p] != '\r' && !Tokens.isTokenByte(data[p])) {
          throw badName(data[p]);
        }
        return tooLong();
      }
      if (data[p] == '\r') {
        if (data[p + 1] != '\n') {
          throw bad("http1.codec_error", "field: a bare CR (expected: CR LF)");
        }
        at = p + 2;
        if (at > limits.maxHeadBytes()) {
          throw tooLarge();
        }
        return true;
      }
      int nameStart = p;
      int kinds = 0;
      for (int kind; p < end && (kind = NAME[data[p] & 0xff]) != 0; p++) {
        kinds |= kind;
      }
      if (kinds == 3) {
        headers.markUnderscore();
      }
      if (p == end) {
        return tooLong();
      }
      if (data[p] != ':' || p == nameStart) {
        throw badName(data[p]);
      }
      int nameEnd = p++;
      while (p < end && (data[p] == ' ' || data[p] == '\t')) {
        p++;
      }
      int valueStart = p;
      while (p < end && VALUE[data[p] & 0xff]) {
        p++;
      }
      if (p + 1 >= end) {
        if (p < end && data[p] != '\r') {
          throw badValue(data[p]);
        }
        return tooLong();
      }
      if (data[p] != '\r' || data[p + 1] != '\n') {
        throw badValue(data[p]);
      }
      int valueEnd = p;
      while (valueEnd > valueStart && (data[valueEnd - 1] == ' ' || data[valueEnd - 1] == '\t')) {
        valueEnd--;
      }
      if (++count > limits.maxFields()) {
        throw new ProtocolException(
            request ? 431 : 502,
            "http1.too_many_headers",
            "fields: more than " + limits.maxFields());
      }
      headers.place(nameStart, nameEnd - nameStart, valueStart, valueEnd - valueStart);
      at = p + 2;
    }
  }

  /** Not yet complete: fine as long as there is room for more. Always false. */
  private boolean tooLong() throws ProtocolException {
    if (end > limits.maxHeadBytes()) {
      throw tooLarge();
    }
    return false;
  }

  private ProtocolException tooLarge() {
    return new ProtocolException(
        request ? 431 : 502,
        "http1.headers_too_large",
        "head: longer than " + limits.maxHeadBytes() + " bytes");
  }

  private static ProtocolException badName(byte b) {
    String what =
        b == ' ' || b == '\t'
            ? "a space before the colon or at the start of the line"
            : b == ':' ? "an empty name" : shown(b);
    return bad("http1.codec_error", "field name: " + what + " (expected: a token and a colon)");
  }

  private static ProtocolException badValue(byte b) {
    return bad(
        "http1.codec_error",
        "field value: " + shown(b) + " (expected: visible characters, space, tab, CR LF)");
  }

  private void requestFraming(Headers headers) throws ProtocolException {
    if (!http10) {
      checkHost(headers);
    } else if (headers.contains(HeaderName.HOST)) {
      checkHost(headers);
    }
    lengths(headers);
    if (chunked && http10) {
      // Security bar F3: an HTTP/1.0 peer in between does not know the coding.
      throw bad("http1.invalid_transfer_encoding", "transfer-encoding: in an HTTP/1.0 message");
    }
    connection(headers);
    int expect = headers.find(HeaderName.EXPECT, 0);
    if (expect >= 0) {
      if (!is(headers, expect, CONTINUE) || headers.find(HeaderName.EXPECT, expect + 1) >= 0) {
        throw new ProtocolException(
            417, "http1.unknown_expectation", "expect: (expected: 100-continue)");
      }
      expectContinue = !http10;
    }
  }

  private void responseFraming(Headers headers) throws ProtocolException {
    lengths(headers);
    if (chunked && http10) {
      throw bad("http1.invalid_transfer_encoding", "transfer-encoding: in an HTTP/1.0 message");
    }
    connection(headers);
  }

  private void lengths(Headers headers) throws ProtocolException {
    int length = headers.find(HeaderName.CONTENT_LENGTH, 0);
    int coding = headers.find(HeaderName.TRANSFER_ENCODING, 0);
    if (coding >= 0) {
      if (headers.find(HeaderName.TRANSFER_ENCODING, coding + 1) >= 0) {
        throw bad("http1.invalid_transfer_encoding", "transfer-encoding: more than one field");
      }
      if (!is(headers, coding, CHUNKED)) {
        String value = headers.value(coding);
        boolean known =
            !Tokens.isToken(value) || value.toLowerCase(java.util.Locale.ROOT).contains("chunked");
        throw new ProtocolException(
            known ? 400 : 501,
            "http1.invalid_transfer_encoding",
            "transfer-encoding: '" + value + "' (expected: chunked)");
      }
      if (length >= 0) {
        throw bad(
            "http1.content_length_and_chunked_not_allowed",
            "content-length beside transfer-encoding");
      }
      chunked = true;
    }
    if (length >= 0) {
      if (headers.find(HeaderName.CONTENT_LENGTH, length + 1) >= 0) {
        throw bad("http1.invalid_content_length", "content-length: more than one field");
      }
      contentLength = digits(headers, length);
    }
  }

  private static long digits(Headers headers, int field) throws ProtocolException {
    byte[] data = headers.bytes();
    int from = headers.valueOffset(field);
    int count = headers.valueLength(field);
    long value = 0;
    boolean good = count > 0 && count <= 18 && (count == 1 || data[from] != '0');
    for (int i = 0; good && i < count; i++) {
      int digit = data[from + i] - '0';
      good = digit >= 0 && digit <= 9;
      value = value * 10 + digit;
    }
    if (!good) {
      throw bad(
          "http1.invalid_content_length",
          "content-length: '" + headers.value(field) + "' (expected: 1 to 18 digits)");
    }
    return value;
  }

  private void connection(Headers headers) {
    for (int i = headers.find(HeaderName.CONNECTION, 0);
        i >= 0;
        i = headers.find(HeaderName.CONNECTION, i + 1)) {
      int from = headers.valueOffset(i);
      int until = from + headers.valueLength(i);
      while (from < until) {
        int stop = from;
        while (stop < until && data[stop] != ',') {
          stop++;
        }
        int first = from;
        int last = stop;
        while (first < last && (data[first] == ' ' || data[first] == '\t')) {
          first++;
        }
        while (last > first && (data[last - 1] == ' ' || data[last - 1] == '\t')) {
          last--;
        }
        if (Tokens.equalsLowerCase(data, first, last - first, CLOSE)) {
          connectionClose = true;
        } else if (Tokens.equalsLowerCase(data, first, last - first, KEEP_ALIVE)) {
          connectionKeepAlive = true;
        }
        from = stop + 1;
      }
    }
  }

  /** RFC 9112 3.2: exactly one Host, and it must be a host with an optional port. */
  private void checkHost(Headers headers) throws ProtocolException {
    int host = headers.find(HeaderName.HOST, 0);
    if (host < 0) {
      throw new ProtocolException(400, "missing_host_header", "host: missing");
    }
    if (headers.find(HeaderName.HOST, host + 1) >= 0) {
      throw bad("http1.invalid_host", "host: more than one field");
    }
    int from = headers.valueOffset(host);
    if (!Authority.isValid(data, from, from + headers.valueLength(host))) {
      throw bad(
          "http1.invalid_host",
          "host: '" + headers.value(host) + "' (expected: host or host:port)");
    }
  }

  private boolean is(Headers headers, int field, byte[] small) {
    return Tokens.equalsLowerCase(
        data, headers.valueOffset(field), headers.valueLength(field), small);
  }

  private static String shown(byte b) {
    return b > ' ' && b < 127 ? "'" + (char) b + "'" : String.format("byte 0x%02x", b & 0xff);
  }

  private static ProtocolException bad(String detail, String message) {
    return new ProtocolException(400, detail, message);
  }
}
