package io.weft.mutation;

import io.weft.format.Format;
import io.weft.format.FormatException;
import io.weft.format.TextFormat;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.mutation.HeaderMutation.Append;
import io.weft.mutation.HeaderMutation.Remove;
import io.weft.mutation.HeaderMutation.Value;
import io.weft.mutation.HeaderMutation.When;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code envoy.config.common.mutation_rules.v3.HeaderMutation}. Runs on the main thread. */
public final class MutationReader {
  /** What of a request can be replaced besides its headers. */
  public static final Set<String> REQUEST = Set.of(":path", ":method", ":authority", ":scheme");

  /** What of a response can be replaced besides its headers. */
  public static final Set<String> RESPONSE = Set.of(":status");

  private final Problems problems;

  public MutationReader(Problems problems) {
    this.problems = problems;
  }

  /** The changes that could be read. */
  public List<HeaderMutation> read(List<Message> messages, Set<String> pseudo) {
    List<HeaderMutation> mutations = new ArrayList<>();
    for (Message message : messages) {
      Message append = message.message("append");
      HeaderMutation mutation = append == null ? remove(message) : append(append, pseudo);
      if (mutation != null) {
        mutations.add(mutation);
      }
    }
    return mutations;
  }

  /**
   * What {@code request_headers_to_add} and its three siblings of a level of a route table say:
   * removals come before additions (Envoy: HeaderParser), and pseudo-headers and host are refused.
   */
  public Mutations ofLevel(Message level) {
    return new Mutations(ofLevel(level, "request_headers_"), ofLevel(level, "response_headers_"));
  }

  private List<HeaderMutation> ofLevel(Message level, String prefix) {
    List<Message> added = level.messages(prefix + "to_add");
    List<String> removed = level.strings(prefix + "to_remove");
    if (added.isEmpty() && removed.isEmpty()) {
      return List.of();
    }
    List<HeaderMutation> mutations = new ArrayList<>();
    for (String name : removed) {
      if (name.equalsIgnoreCase("host") || !isToken(name)) {
        problems.error(
            level.place(prefix + "to_remove"),
            "'" + name + "' (expected: the name of a header, not host)");
      } else {
        mutations.add(new Remove(HeaderName.of(name)));
      }
    }
    for (Message option : added) {
      Message header = option.message("header");
      if (header != null && header.string("key").equalsIgnoreCase("host")) {
        problems.error(header.place("key"), "'host' (expected: the name of a header, not host)");
        continue;
      }
      HeaderMutation mutation = append(option, Set.of());
      if (mutation != null) {
        mutations.add(mutation);
      }
    }
    return mutations;
  }

  private @Nullable HeaderMutation remove(Message message) {
    String name = message.string("remove");
    if (name.equalsIgnoreCase("host") || !isToken(name)) {
      problems.error(
          message.place("remove"), "'" + name + "' (expected: the name of a header, not host)");
      return null;
    }
    return new Remove(HeaderName.of(name));
  }

  private @Nullable HeaderMutation append(Message option, Set<String> pseudo) {
    Message header = option.message("header");
    if (header == null) {
      problems.error(option.place("header"), "is missing");
      return null;
    }
    String name = header.string("key");
    if (!pseudo.contains(name) && !isToken(name)) {
      problems.error(
          header.place("key"),
          "'" + name + "' (expected: the name of a header, or of " + pseudo + ")");
      return null;
    }
    Value value = value(header);
    When when = when(option);
    if (value == null || when == null) {
      return null;
    }
    try {
      return new Append(name, value, when, option.bool("keep_empty_value"));
    } catch (IllegalArgumentException e) {
      problems.error(option.place("append_action"), String.valueOf(e.getMessage()));
      return null;
    }
  }

  private @Nullable When when(Message option) {
    When action = When.valueOf(option.enumName("append_action"));
    if (!option.has("append")) {
      return action;
    }
    if (option.has("append_action")) {
      problems.error(option.place("append"), "stands beside append_action (expected: one of them)");
      return null;
    }
    return option.bool("append") ? When.APPEND_IF_EXISTS_OR_ADD : When.OVERWRITE_IF_EXISTS_OR_ADD;
  }

  private @Nullable Value value(Message header) {
    byte[] raw = header.bytes("raw_value");
    String field = raw.length > 0 ? "raw_value" : "value";
    String text;
    try {
      text =
          raw.length > 0
              ? StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw)).toString()
              : header.string("value");
      TextFormat format = Format.text(text, true);
      String constant = format.constant();
      if (constant != null) {
        new Headers().add("x", constant); // says what is wrong with the value, if anything is
      }
      return new Value(format);
    } catch (FormatException | IllegalArgumentException e) {
      problems.error(header.place(field), String.valueOf(e.getMessage()));
    } catch (CharacterCodingException e) {
      problems.error(header.place(field), "not UTF-8");
    }
    return null;
  }

  private static boolean isToken(String name) {
    try {
      HeaderName.of(name);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
