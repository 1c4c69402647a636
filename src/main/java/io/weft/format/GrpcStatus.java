package io.weft.format;

import io.weft.http.Grpc;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code %GRPC_STATUS(form)%}: how a gRPC call ended; absent for other requests. */
record GrpcStatus(String form) implements Operator {
  private static final List<String> CAMEL =
      List.of(
          "OK",
          "Canceled",
          "Unknown",
          "InvalidArgument",
          "DeadlineExceeded",
          "NotFound",
          "AlreadyExists",
          "PermissionDenied",
          "ResourceExhausted",
          "FailedPrecondition",
          "Aborted",
          "OutOfRange",
          "Unimplemented",
          "Internal",
          "Unavailable",
          "DataLoss",
          "Unauthenticated");

  private static final List<String> SNAKE =
      List.of(
          "OK",
          "CANCELLED", // gRPC's own spelling differs from the camel form's
          "UNKNOWN",
          "INVALID_ARGUMENT",
          "DEADLINE_EXCEEDED",
          "NOT_FOUND",
          "ALREADY_EXISTS",
          "PERMISSION_DENIED",
          "RESOURCE_EXHAUSTED",
          "FAILED_PRECONDITION",
          "ABORTED",
          "OUT_OF_RANGE",
          "UNIMPLEMENTED",
          "INTERNAL",
          "UNAVAILABLE",
          "DATA_LOSS",
          "UNAUTHENTICATED");

  @Override
  public boolean write(Facts facts, Line out) {
    Request request = facts.request();
    if (request == null || !Grpc.isCall(request.headers())) {
      return false;
    }
    String text = status(facts.responseTrailers());
    if (text == null) {
      text = status(facts.responseHeaders());
    }
    int number = text == null ? Grpc.statusOf(facts.responseCode()) : parse(text);
    if (number < 0 && text != null) {
      out.value(text, 32);
    } else if (form.equals("NUMBER") || number >= CAMEL.size()) {
      out.number(number);
    } else {
      out.ascii(form.equals("CAMEL_STRING") ? CAMEL.get(number) : SNAKE.get(number));
    }
    return true;
  }

  private static @Nullable String status(@Nullable Headers headers) {
    return headers == null ? null : headers.first(HeaderName.GRPC_STATUS);
  }

  private static int parse(String text) {
    return text.length() <= 4 && !text.isEmpty() && text.chars().allMatch(Character::isDigit)
        ? Integer.parseInt(text)
        : -1;
  }
}
