package io.weft.accesslog;

import io.weft.format.Format;
import io.weft.schema.Place;
import org.jspecify.annotations.Nullable;

/**
 * One access logger, read and not opened yet.
 *
 * @param path the file, {@link LogFiles#STDOUT} and {@link LogFiles#STDERR} among them
 * @param filter null for every stream
 * @param place where it stands, for a path that cannot be opened
 */
public record AccessLogConfig(
    String path, @Nullable AccessLogFilter filter, Format format, Place place) {}
