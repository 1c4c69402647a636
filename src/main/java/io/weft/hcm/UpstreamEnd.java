package io.weft.hcm;

import io.weft.codec.ProtocolException;
import io.weft.codec.StreamResetException;
import io.weft.format.ResponseFlag;
import java.io.IOException;
import java.util.Locale;

/** Why the body of a response ended before its time, in Envoy's words. */
enum UpstreamEnd {
  PROTOCOL_ERROR(502, ResponseFlag.UPSTREAM_PROTOCOL_ERROR),
  REMOTE_RESET(503, ResponseFlag.UPSTREAM_REMOTE_RESET),
  CONNECTION_TERMINATION(503, ResponseFlag.UPSTREAM_CONNECTION_TERMINATION);

  private final int status;
  private final ResponseFlag flag;
  private final String detail = name().toLowerCase(Locale.ROOT);

  UpstreamEnd(int status, ResponseFlag flag) {
    this.status = status;
    this.flag = flag;
  }

  static UpstreamEnd of(IOException reason) {
    return switch (reason) {
      case ProtocolException _ -> PROTOCOL_ERROR;
      case StreamResetException e when e.isRemote() -> REMOTE_RESET;
      default -> CONNECTION_TERMINATION;
    };
  }

  /** The answer, where one can still be given. */
  int status() {
    return status;
  }

  ResponseFlag flag() {
    return flag;
  }

  /** In snake_case. */
  String detail() {
    return detail;
  }

  /** For people. */
  String text() {
    return detail.replace('_', ' ');
  }
}
