package io.weft.accesslog;

import io.weft.format.Facts;
import io.weft.format.Format;
import org.jspecify.annotations.Nullable;

/** Lines in a file, of the streams that its filter lets pass. */
record FileLog(@Nullable AccessLogFilter filter, Format format, LogFile file) implements AccessLog {
  @Override
  public void log(Facts facts) {
    if (filter == null || filter.passes(facts)) {
      file.append(format, facts);
    }
  }
}
