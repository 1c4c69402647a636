package io.weft.mutation;

import io.weft.format.Facts;
import io.weft.format.TextFormat;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One change of the headers of a message. Immutable and shared. */
public sealed interface HeaderMutation {

  /** Removes all fields of a name. */
  record Remove(HeaderName name) implements HeaderMutation {}

  /**
   * Adds or replaces a field.
   *
   * @param name as it is to be written; may be {@code :path}, {@code :method}, {@code :authority},
   *     {@code :scheme} or {@code :status}, which are always there and can only be replaced
   * @param keepEmpty whether an empty value is written, too
   */
  record Append(String name, Value value, When when, boolean keepEmpty) implements HeaderMutation {
    public Append {
      if (name.startsWith(":") && when == When.APPEND_IF_EXISTS_OR_ADD) {
        throw new IllegalArgumentException(
            name + ": append_action: " + when + " (expected: one that does not append)");
      }
    }

    boolean isPseudo() {
      return name.charAt(0) == ':';
    }

    /** Whether a field is to be written beside those that are there. */
    boolean adds(Headers headers) {
      return switch (when) {
        case APPEND_IF_EXISTS_OR_ADD -> true;
        case ADD_IF_ABSENT -> !headers.contains(name);
        case OVERWRITE_IF_EXISTS, OVERWRITE_IF_EXISTS_OR_ADD -> false;
      };
    }

    /** Whether a field is to be written in place of those that are there. */
    boolean replaces(Headers headers) {
      return when == When.OVERWRITE_IF_EXISTS_OR_ADD
          || when == When.OVERWRITE_IF_EXISTS && headers.contains(name);
    }
  }

  /** What is done where the header is there already, or is not. */
  enum When {
    APPEND_IF_EXISTS_OR_ADD,
    ADD_IF_ABSENT,
    OVERWRITE_IF_EXISTS_OR_ADD,
    OVERWRITE_IF_EXISTS
  }

  /** The value of a header: a format, or the same text every time. */
  final class Value {
    private final TextFormat format;
    private final @Nullable String constant;

    /** The value that {@code format} renders; absent facts are shown as nothing. */
    public Value(TextFormat format) {
      this.format = Objects.requireNonNull(format);
      this.constant = format.constant();
    }

    String of(Facts facts) {
      String text = constant;
      return text == null ? format.latin1(facts) : text;
    }

    boolean isConstant() {
      return constant != null;
    }
  }
}
