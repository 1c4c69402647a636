package io.weft.codec.h1;

import io.weft.schema.Message;
import org.jspecify.annotations.Nullable;

/** Reads {@code Http1ProtocolOptions.HeaderKeyFormat}: the case of names that are written. */
public final class HeaderCase {
  private HeaderCase() {}

  /**
   * Whether each word of a name starts with a capital. The other form, which keeps the case that a
   * name came with, is what is done anyway.
   */
  public static boolean isProper(@Nullable Message format) {
    return format != null && format.has("proper_case_words");
  }
}
