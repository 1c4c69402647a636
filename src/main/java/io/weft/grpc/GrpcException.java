package io.weft.grpc;

import io.weft.http.Headers;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A call did not end well: the server said so, or it was not reached, or the time was over. No
 * stack trace, as it tells of a peer.
 */
public final class GrpcException extends IOException {
  private static final long serialVersionUID = 1L;
  private final GrpcCode code;
  private final String description;
  private final boolean unprocessed;
  private final transient @Nullable Headers trailers;

  GrpcException(GrpcCode code, String description) {
    this(code, description, null, false, null);
  }

  GrpcException(
      GrpcCode code,
      String description,
      @Nullable Headers trailers,
      boolean unprocessed,
      @Nullable Throwable cause) {
    super(description.isEmpty() ? code.name() : code + ": " + description, cause);
    this.code = code;
    this.description = description;
    this.trailers = trailers;
    this.unprocessed = unprocessed;
  }

  /** How it ended; never {@link GrpcCode#OK}. */
  public GrpcCode code() {
    return code;
  }

  /** What the server said about it, or what Weft has to say; may be empty. */
  public String description() {
    return description;
  }

  /** The metadata that came with the status; null if none came from the server. */
  public @Nullable Headers trailers() {
    return trailers;
  }

  /** Whether the server is known not to have looked at the call: it may be made again. */
  public boolean isUnprocessed() {
    return unprocessed;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
