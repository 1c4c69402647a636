package io.weft.grpc;

import org.jspecify.annotations.Nullable;

/** How a call ended, as gRPC numbers it. */
public enum GrpcCode {
  OK(0),
  CANCELLED(1),
  UNKNOWN(2),
  INVALID_ARGUMENT(3),
  DEADLINE_EXCEEDED(4),
  NOT_FOUND(5),
  ALREADY_EXISTS(6),
  PERMISSION_DENIED(7),
  RESOURCE_EXHAUSTED(8),
  FAILED_PRECONDITION(9),
  ABORTED(10),
  OUT_OF_RANGE(11),
  UNIMPLEMENTED(12),
  INTERNAL(13),
  UNAVAILABLE(14),
  DATA_LOSS(15),
  UNAUTHENTICATED(16);

  private static final GrpcCode[] ALL = values();

  private final int number;

  GrpcCode(int number) {
    this.number = number;
  }

  /** The number on the wire. */
  public int number() {
    return number;
  }

  /** The code of that number; {@link #UNKNOWN} for one that gRPC does not know. */
  static GrpcCode of(int number) {
    return number >= 0 && number < ALL.length ? ALL[number] : UNKNOWN;
  }

  /** The code that {@code grpc-status} tells, {@link #UNKNOWN} if it is not there. */
  static GrpcCode parse(@Nullable String text) {
    return text == null ? UNKNOWN : of(io.weft.http.Grpc.parseStatus(text));
  }
}
