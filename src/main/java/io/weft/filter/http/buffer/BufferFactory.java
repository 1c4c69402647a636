package io.weft.filter.http.buffer;

import io.weft.extension.FactoryScope;
import io.weft.extension.HttpFilterFactory;
import io.weft.filter.HttpFilter;
import io.weft.schema.Message;

/** Makes {@code envoy.filters.http.buffer}. */
public final class BufferFactory implements HttpFilterFactory {
  private static final String TYPE = "envoy.extensions.filters.http.buffer.v3.Buffer";

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public String routeType() {
    return "envoy.extensions.filters.http.buffer.v3.BufferPerRoute";
  }

  @Override
  public HttpFilter create(String name, Message config, FactoryScope scope) {
    return new BufferFilter(name, read(config, scope));
  }

  @Override
  public Object routeConfig(Message config, FactoryScope scope) {
    if (config.type().equals(TYPE)) {
      return read(config, scope);
    }
    Message buffer = config.message("buffer");
    return buffer == null || config.bool("disabled") ? BufferConfig.DISABLED : read(buffer, scope);
  }

  private static BufferConfig read(Message buffer, FactoryScope scope) {
    long max = buffer.integer("max_request_bytes");
    try {
      if (max > 0) {
        return new BufferConfig(max);
      }
    } catch (IllegalArgumentException e) {
      // named below
    }
    scope.problems().error(buffer.place("max_request_bytes"), max + " (expected: 1-2147483639)");
    return BufferConfig.DISABLED;
  }
}
