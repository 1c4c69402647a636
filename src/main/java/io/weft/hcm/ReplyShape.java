package io.weft.hcm;

import io.weft.accesslog.AccessLogFilter;
import io.weft.format.Format;
import io.weft.format.HeaderAdditions;
import io.weft.format.Line;
import io.weft.http.Body;
import io.weft.http.Response;
import io.weft.stream.StreamInfo;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How answers from here look where a connection manager says so ({@code local_reply_config}): the
 * first mapper whose filter takes the stream changes status, body and headers, then a format makes
 * the body. Immutable and shared.
 *
 * @param format of bodies where no mapper has one of its own; null for the body as it is
 */
record ReplyShape(List<Mapper> mappers, @Nullable BodyFormat format) implements StreamInfo.Replies {
  /**
   * A change.
   *
   * @param status 0 to leave it
   * @param body null to leave it
   * @param format null for the connection manager's
   */
  record Mapper(
      AccessLogFilter filter,
      int status,
      @Nullable String body,
      @Nullable BodyFormat format,
      HeaderAdditions headers) {}

  /** What makes a body. */
  record BodyFormat(Format format, String contentType) {}

  ReplyShape {
    mappers = List.copyOf(mappers);
  }

  @Override
  public Response reply(StreamInfo stream, int code, String body) {
    int status = code;
    String text = body;
    BodyFormat made = format;
    HeaderAdditions headers = HeaderAdditions.NONE;
    stream.replyAs(status, text);
    for (Mapper mapper : mappers) {
      if (mapper.filter.passes(stream)) {
        status = mapper.status == 0 ? code : mapper.status;
        text = mapper.body == null ? body : mapper.body;
        made = mapper.format == null ? format : mapper.format;
        headers = mapper.headers;
        stream.replyAs(status, text);
        break;
      }
    }
    Body bytes = made == null ? Body.of(text) : render(made, stream);
    String type = made == null ? "text/plain" : made.contentType;
    Response response = stream.replyWith(status, bytes, type);
    headers.apply(response.headers(), stream);
    return response;
  }

  private static Body render(BodyFormat made, StreamInfo stream) {
    var line = new Line(256);
    made.format.render(stream, line);
    return Body.of(Arrays.copyOf(line.bytes(), line.length()));
  }
}
