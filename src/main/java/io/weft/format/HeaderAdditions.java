package io.weft.format;

import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Header fields that a configuration adds to a message ({@code
 * envoy.config.core.v3.HeaderValueOption}), with values that formats make. Immutable and shared.
 */
public final class HeaderAdditions {
  /** Adds nothing. */
  public static final HeaderAdditions NONE = new HeaderAdditions(List.of());

  private final List<One> all;

  private enum Action {
    APPEND_IF_EXISTS_OR_ADD,
    ADD_IF_ABSENT,
    OVERWRITE_IF_EXISTS_OR_ADD,
    OVERWRITE_IF_EXISTS
  }

  private record One(String name, TextFormat value, Action action, boolean keepEmpty) {}

  private HeaderAdditions(List<One> all) {
    this.all = List.copyOf(all);
  }

  /** Reads the messages of a repeated field; what is wrong goes to the problems. Main thread. */
  public static HeaderAdditions read(List<Message> options, Problems problems) {
    List<One> all = new ArrayList<>();
    for (Message option : options) {
      One one = one(option, problems);
      if (one != null) {
        all.add(one);
      }
    }
    return all.isEmpty() ? NONE : new HeaderAdditions(all);
  }

  private static @Nullable One one(Message option, Problems problems) {
    Message header = option.message("header");
    if (header == null) {
      problems.error(option.place("header"), "is missing");
      return null;
    }
    String name = header.string("key");
    byte[] raw = header.bytes("raw_value");
    String field = raw.length > 0 ? "raw_value" : "value";
    try {
      HeaderName.of(name);
    } catch (IllegalArgumentException e) {
      problems.error(header.place("key"), "'" + name + "' (expected: the name of a header)");
      return null;
    }
    try {
      String text =
          raw.length > 0 ? new String(raw, StandardCharsets.UTF_8) : header.string("value");
      TextFormat format = Format.text(text, true);
      String constant = format.constant();
      if (constant != null) {
        new Headers().add(name, constant); // says what is wrong with the value, if anything is
      }
      return new One(name, format, action(option), option.bool("keep_empty_value"));
    } catch (FormatException | IllegalArgumentException e) {
      problems.error(header.place(field), String.valueOf(e.getMessage()));
      return null;
    }
  }

  private static Action action(Message option) {
    if (option.has("append")) {
      return option.bool("append")
          ? Action.APPEND_IF_EXISTS_OR_ADD
          : Action.OVERWRITE_IF_EXISTS_OR_ADD;
    }
    return Action.valueOf(option.enumName("append_action"));
  }

  /** Adds them to {@code headers}. */
  public void apply(Headers headers, Facts facts) {
    for (One one : all) {
      String value = one.value.latin1(facts);
      if (value.isEmpty() && !one.keepEmpty) {
        continue;
      }
      switch (one.action) {
        case APPEND_IF_EXISTS_OR_ADD -> headers.add(one.name, value);
        case OVERWRITE_IF_EXISTS_OR_ADD -> headers.set(one.name, value);
        case ADD_IF_ABSENT -> {
          if (!headers.contains(one.name)) {
            headers.add(one.name, value);
          }
        }
        case OVERWRITE_IF_EXISTS -> {
          if (headers.contains(one.name)) {
            headers.set(one.name, value);
          }
        }
      }
    }
  }
}
