package io.weft.codec.h2;

import io.weft.carrier.CarrierLocal;
import io.weft.codec.Authority;
import io.weft.codec.ForbiddenTrailers;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Tokens;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Takes the fields of one header block as they are decoded, counts them against the limits, and
 * tells at the end what is wrong with them (RFC 9113 8.2 and 8.3). Fields beyond a limit are
 * dropped, so that a block of a few bytes that decodes to megabytes costs nothing. One a carrier,
 * never used across a wait.
 */
final class HeadBuilder {
  /** What a block is. */
  enum Kind {
    REQUEST,
    RESPONSE,
    TRAILERS,
    /** Of a stream that is not there: decoded for the table only. */
    DROPPED
  }

  private static final CarrierLocal<HeadBuilder> LOCAL =
      new CarrierLocal<>(carrier -> new HeadBuilder());
  private static final byte[] HOST = {'h', 'o', 's', 't', ':', ' '};
  private static final byte[] TRAILERS = {'t', 'r', 'a', 'i', 'l', 'e', 'r', 's'};

  /** Room for what filters add, so that the array need not grow. */
  private static final int ROOM = 1024;

  private Kind kind = Kind.DROPPED;
  private int maxFields;
  private long maxBytes;
  private int fields;
  private long bytes;
  private boolean overflow;
  private boolean regular;
  private @Nullable String problem;
  private @Nullable Headers headers;
  private int cookies;
  private boolean host;

  // what the pseudo fields and some others said
  @Nullable String method;
  @Nullable String scheme;
  @Nullable String authority;
  @Nullable String path;
  @Nullable String protocol;
  int status;
  long contentLength;
  boolean expect;

  HeadBuilder() {}

  static HeadBuilder local() {
    return LOCAL.get();
  }

  /** Begins a block. */
  void begin(Kind of, int fieldLimit, long byteLimit) {
    kind = of;
    maxFields = fieldLimit;
    maxBytes = byteLimit;
    fields = 0;
    bytes = 0;
    overflow = false;
    regular = false;
    problem = null;
    headers = of == Kind.DROPPED ? null : Headers.forHead(0, ROOM);
    cookies = 0;
    host = false;
    method = null;
    scheme = null;
    authority = null;
    path = null;
    protocol = null;
    status = 0;
    contentLength = -1;
    expect = false;
  }

  /** Whether what comes is looked at no more. */
  boolean isDropping() {
    return headers == null;
  }

  /** The block is larger, or has more fields, than the limits allow. */
  boolean isOverflow() {
    return overflow;
  }

  /** What is wrong with the block, or null. */
  @Nullable String problem() {
    return problem;
  }

  /** A field that stands in a table. */
  void add(Field field) {
    Headers to = admit(field.nameLength, field.valueLength);
    if (to != null) {
      take(
          to,
          field.line,
          field.nameLength,
          field.valueLength,
          field.kind,
          field.number,
          field.validValue,
          field);
      if (field.underscore) {
        to.markUnderscore();
      }
    }
  }

  /** A field that stands in no table, laid out as an HTTP/1 line at the start of the array. */
  void add(byte[] line, int nameLength, int valueLength) {
    Headers to = admit(nameLength, valueLength);
    if (to != null) {
      int number = HeaderName.numberOf(line, 0, nameLength);
      int of = Field.kind(line, 0, nameLength, number);
      boolean valid = Field.isValue(line, nameLength + 2, valueLength);
      take(to, line, nameLength, valueLength, of, number, valid, null);
      if (of == Field.REGULAR && Field.hasUnderscore(line, 0, nameLength)) {
        to.markUnderscore();
      }
    }
  }

  private @Nullable Headers admit(int nameLength, int valueLength) {
    Headers to = headers;
    if (to == null) {
      return null;
    }
    bytes += nameLength + valueLength + Field.OVERHEAD;
    if (++fields > maxFields || bytes > maxBytes) {
      overflow = true;
      drop();
      return null;
    }
    return to;
  }

  /** Lets go of what has been taken. */
  void drop() {
    Headers had = headers;
    if (had != null) {
      headers = null;
      had.release();
    }
  }

  private void take(
      Headers to,
      byte[] line,
      int nameLength,
      int valueLength,
      int of,
      int number,
      boolean validValue,
      @Nullable Field cached) {
    if (!validValue) {
      refuse("a control character, or a space at an end, in the value of a field");
      return;
    }
    switch (of) {
      case Field.REGULAR -> {
        regular = true;
        copy(to, line, nameLength, valueLength, number);
      }
      case Field.SPECIAL -> {
        regular = true;
        special(to, line, nameLength, valueLength, number);
      }
      case Field.BAD -> refuse("a field name that is no token in small letters");
      case Field.FORBIDDEN -> refuse("a field of HTTP/1 connections");
      case Field.UNKNOWN_PSEUDO -> refuse("an unknown pseudo field");
      default ->
          pseudo(to, of, cached == null ? text(line, nameLength, valueLength) : cached.text());
    }
  }

  private void copy(Headers to, byte[] line, int nameLength, int valueLength, int number) {
    if (kind == Kind.TRAILERS
        && ForbiddenTrailers.contains(
            new String(line, 0, nameLength, StandardCharsets.ISO_8859_1))) {
      return;
    }
    int length = nameLength + valueLength + 4;
    int at = to.reserve(length);
    System.arraycopy(line, 0, to.bytes(), at, length);
    to.placeLine(nameLength, valueLength, number);
  }

  private void special(Headers to, byte[] line, int nameLength, int valueLength, int number) {
    if (kind == Kind.TRAILERS) {
      return;
    }
    int at = nameLength + 2;
    if (number == HeaderName.COOKIE.number()) {
      cookies++;
    } else if (number == HeaderName.CONTENT_LENGTH.number()) {
      if (contentLength >= 0) {
        refuse("content-length twice");
        return;
      }
      contentLength = digits(line, at, valueLength);
      if (contentLength < 0) {
        refuse("content-length that is not 1 to 18 digits");
      }
    } else if (kind == Kind.RESPONSE) {
      copy(to, line, nameLength, valueLength, number);
      return;
    } else if (number == HeaderName.TE.number()) {
      if (!Tokens.equalsLowerCase(line, at, valueLength, TRAILERS)) {
        refuse("te other than trailers"); // RFC 9113 8.2.2
      }
    } else if (number == HeaderName.HOST.number()) {
      host(to, line, valueLength);
      return;
    } else if (number == HeaderName.EXPECT.number()) {
      expect = true;
    }
    copy(to, line, nameLength, valueLength, number);
  }

  private void host(Headers to, byte[] line, int valueLength) {
    String text = text(line, 4, valueLength);
    String said = authority;
    if (said != null ? !said.equalsIgnoreCase(text) : host) {
      refuse("host beside another host"); // two readers might choose differently
    } else if (!Authority.isValid(line, 6, 6 + valueLength)) {
      refuse("host that is not host or host:port");
    } else if (said == null) {
      host = true;
      copy(to, line, 4, valueLength, HeaderName.HOST.number());
    }
  }

  private void pseudo(Headers to, int of, String value) {
    if (kind == Kind.TRAILERS) {
      refuse("a pseudo field in trailers");
    } else if (regular) {
      refuse("a pseudo field behind a regular one");
    } else if ((of == Field.STATUS) != (kind == Kind.RESPONSE)) {
      refuse("a pseudo field of the other direction");
    } else {
      switch (of) {
        case Field.METHOD -> method = once(method, value);
        case Field.SCHEME -> scheme = once(scheme, value);
        case Field.PATH -> path = once(path, value);
        case Field.PROTOCOL -> protocol = once(protocol, value);
        case Field.AUTHORITY -> {
          authority = once(authority, value);
          authority(to, value);
        }
        default -> status(value);
      }
    }
  }

  private String once(@Nullable String before, String value) {
    if (before != null) {
      refuse("a pseudo field twice");
    }
    return value;
  }

  private void authority(Headers to, String value) {
    int length = value.length();
    int at = to.reserve(length + 8);
    byte[] data = to.bytes();
    System.arraycopy(HOST, 0, data, at, 6);
    for (int i = 0; i < length; i++) {
      data[at + 6 + i] = (byte) value.charAt(i);
    }
    data[at + 6 + length] = '\r';
    data[at + 7 + length] = '\n';
    if (!Authority.isValid(data, at + 6, at + 6 + length)) {
      refuse(":authority that is not host or host:port");
      return;
    }
    host = true;
    to.placeLine(4, length, HeaderName.HOST.number());
  }

  private void status(String value) {
    if (status != 0) {
      refuse("a pseudo field twice");
    } else if (value.length() == 3 && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
      status = Integer.parseInt(value);
      if (status < 100) {
        refuse(":status below 100");
      }
    } else {
      refuse(":status that is not three digits");
    }
  }

  /** The fields, which are the caller's from now on; cookie crumbs are joined (RFC 9113 8.2.3). */
  Headers finish() {
    Headers done = headers;
    if (done == null) {
      throw new IllegalStateException("a block that was dropped");
    }
    headers = null;
    if (cookies > 1) {
      var crumbs = new ArrayList<>(done.all(HeaderName.COOKIE));
      crumbs.removeIf(String::isEmpty); // a value must not end with a space (RFC 9113 8.2.1)
      done.set(HeaderName.COOKIE, String.join("; ", crumbs));
    }
    return done;
  }

  /** Whether the request names a host. */
  boolean hasHost() {
    return host;
  }

  /** Notes what is wrong; the first thing counts. */
  void refuse(String what) {
    if (problem == null) {
      problem = what;
    }
  }

  private static String text(byte[] line, int nameLength, int valueLength) {
    return new String(line, nameLength + 2, valueLength, StandardCharsets.ISO_8859_1);
  }

  private static long digits(byte[] data, int at, int length) {
    if (length == 0 || length > 18) {
      return -1;
    }
    long value = 0;
    for (int i = at; i < at + length; i++) {
      int digit = data[i] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }
}
