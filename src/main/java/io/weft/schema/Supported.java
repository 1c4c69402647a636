package io.weft.schema;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The hand-kept list of what Weft implements, {@code supported.txt} beside the table: message types
 * with their fields, enums with their values, and the names of extensions. What is not listed is
 * refused where a configuration sets it.
 */
final class Supported {
  /** The types an extension's name stands for; {@code route} is its per-route form. */
  record Extension(String name, String type, @Nullable String route, boolean terminal) {}

  private final Map<String, Set<String>> members = new HashMap<>();
  private final Map<String, Map<String, String>> only = new HashMap<>();
  private final Map<String, Extension> extensions = new HashMap<>();

  private final Set<String> terminals = new HashSet<>();

  private Supported() {}

  static Supported load() {
    try (var in = Supported.class.getResourceAsStream("supported.txt")) {
      if (in == null) {
        throw new IllegalStateException("supported.txt is missing beside " + Supported.class);
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A line that starts at the margin names a type, and for an extension {@code = its.name}, with
   * {@code route} after it for the per-route form or {@code terminal} for a filter that ends a
   * chain; indented lines list fields or enum values, {@code *} all of them, {@code field=value} a
   * field that is supported with this value only, since that is what Weft does anyway.
   */
  static Supported parse(String text) {
    var supported = new Supported();
    Set<String> current = new HashSet<>();
    var type = "";
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('\n', start);
      if (end < 0) {
        end = text.length();
      }
      int comment = text.indexOf('#', start);
      var line = text.substring(start, comment >= 0 && comment < end ? comment : end);
      if (!line.isBlank()) {
        if (line.charAt(0) == ' ') {
          supported.addWords(type, line, current);
        } else {
          int equals = line.indexOf('=');
          type = (equals < 0 ? line : line.substring(0, equals)).strip();
          current = supported.header(type, line.strip());
        }
      }
      start = end + 1;
    }
    return supported;
  }

  private void addWords(String type, String line, Set<String> to) {
    int at = 0;
    while (at < line.length()) {
      int end = at;
      while (end < line.length() && line.charAt(end) != ' ') {
        end++;
      }
      int equals = line.indexOf('=', at);
      if (equals >= 0 && equals < end) {
        only.computeIfAbsent(type, _ -> new HashMap<>())
            .put(line.substring(at, equals), line.substring(equals + 1, end));
      } else if (end > at) {
        to.add(line.substring(at, end));
      }
      at = end + 1;
    }
  }

  private Set<String> header(String type, String line) {
    int equals = line.indexOf('=');
    if (equals >= 0) {
      var name = line.substring(equals + 1).strip();
      boolean route = name.endsWith(" route");
      boolean terminal = name.endsWith(" terminal");
      if (route || terminal) {
        name = name.substring(0, name.indexOf(' '));
      }
      var known = extensions.get(name);
      var main = route ? (known == null ? "" : known.type) : type;
      var perRoute = route ? type : known == null ? null : known.route;
      extensions.put(
          name, new Extension(name, main, perRoute, terminal || (known != null && known.terminal)));
      if (terminal) {
        terminals.add(type);
      }
    }
    return members.computeIfAbsent(type, _ -> new HashSet<>());
  }

  /** The supported fields of a message or values of an enum, null for a type that is not listed. */
  @Nullable Set<String> members(String type) {
    return members.get(type);
  }

  /** The value with which alone a field is supported, null for none or any. */
  @Nullable String only(String type, String field) {
    var fields = only.get(type);
    return fields == null ? null : fields.get(field);
  }

  /** The extension of that full name, or null. */
  @Nullable Extension extension(String name) {
    return extensions.get(name);
  }

  /** Whether that type configures a filter that ends a chain. */
  boolean isTerminal(String type) {
    return terminals.contains(type);
  }

  Map<String, Extension> extensions() {
    return extensions;
  }

  Set<String> types() {
    return members.keySet();
  }
}
