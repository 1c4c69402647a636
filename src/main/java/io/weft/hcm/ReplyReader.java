package io.weft.hcm;

import io.weft.accesslog.AccessLogReader;
import io.weft.extension.FactoryScope;
import io.weft.format.Format;
import io.weft.format.HeaderAdditions;
import io.weft.schema.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code LocalReplyConfig} of a connection manager. Runs on the main thread. */
final class ReplyReader {
  private final AccessLogReader reader;
  private final FactoryScope scope;

  ReplyReader(FactoryScope scope) {
    this.scope = scope;
    reader = new AccessLogReader(scope.runtime()::snapshot, scope.problems());
  }

  /** Null if nothing is changed. */
  @Nullable ReplyShape read(@Nullable Message config) {
    if (config == null) {
      return null;
    }
    List<ReplyShape.Mapper> mappers = new ArrayList<>();
    for (Message message : config.messages("mappers")) {
      ReplyShape.Mapper mapper = mapper(message);
      if (mapper != null) {
        mappers.add(mapper);
      }
    }
    return new ReplyShape(mappers, format(config.message("body_format")));
  }

  private ReplyShape.@Nullable Mapper mapper(Message message) {
    Message filter = message.message("filter");
    if (filter == null) {
      scope.problems().error(message.place("filter"), "is missing");
      return null;
    }
    var takes = reader.filter(filter);
    Message body = message.message("body");
    if (takes == null) {
      return null;
    }
    return new ReplyShape.Mapper(
        takes,
        (int) message.integer("status_code", 0),
        body == null ? null : reader.source(body),
        format(message.message("body_format_override")),
        HeaderAdditions.read(message.messages("headers_to_add"), scope.problems()));
  }

  private ReplyShape.@Nullable BodyFormat format(@Nullable Message message) {
    if (message == null) {
      return null;
    }
    Format format = reader.bodyFormat(message);
    if (format == null) {
      return null;
    }
    String type = message.string("content_type");
    byte[] bytes = type.getBytes(StandardCharsets.ISO_8859_1);
    for (byte b : bytes) {
      if (!io.weft.http.Tokens.isValueByte(b)) {
        scope.problems().error(message.place("content_type"), "'" + type + "' is no header value");
        return null;
      }
    }
    String usual = message.has("json_format") ? "application/json" : "text/plain";
    return new ReplyShape.BodyFormat(format, type.isEmpty() ? usual : type);
  }
}
