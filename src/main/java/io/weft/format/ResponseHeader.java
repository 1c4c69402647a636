package io.weft.format;

import io.weft.http.HeaderName;
import io.weft.http.Headers;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code %RESPONSE_HEADER(X?Y):Z%} and {@code %RESPONSE_TRAILER(X?Y):Z%}. */
final class ResponseHeader implements Operator {
  private final Function<Facts, @Nullable Headers> part;
  private final @Nullable HeaderName name; // null: the status
  private final @Nullable HeaderName other;
  private final int max;

  private ResponseHeader(
      Function<Facts, @Nullable Headers> part,
      @Nullable HeaderName name,
      @Nullable HeaderName other,
      int max) {
    this.part = part;
    this.name = name;
    this.other = other;
    this.max = max;
  }

  static ResponseHeader compile(OperatorCall call, Function<Facts, @Nullable Headers> part)
      throws FormatException {
    var names = Names.parse(call);
    if (names.first().equalsIgnoreCase(":status")) {
      return new ResponseHeader(part, null, null, call.maxLength());
    }
    String second = names.second();
    return new ResponseHeader(
        part,
        Names.field(call, names.first()),
        second == null ? null : Names.field(call, second),
        call.maxLength());
  }

  @Override
  public boolean write(Facts facts, Line out) {
    if (name == null) {
      int status = facts.responseCode();
      if (status != 0) {
        out.value(Integer.toString(status), max);
      }
      return status != 0;
    }
    Headers headers = part.apply(facts);
    if (headers == null) {
      return false;
    }
    int index = headers.find(name, 0);
    if (index < 0 && other != null) {
      index = headers.find(other, 0);
    }
    if (index < 0) {
      return false;
    }
    int length = Math.min(headers.valueLength(index), max);
    out.value(headers.bytes(), headers.valueOffset(index), length);
    return true;
  }
}
