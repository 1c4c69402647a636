package io.weft.admin;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters of a request, in the order they came; the first of a name counts. Immutable. */
record Query(Map<String, String> parameters) {
  Query {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  /** A request that cannot be answered as it is; the message is the answer. */
  static final class BadQueryException extends Exception {
    private static final long serialVersionUID = 1;

    BadQueryException(String message) {
      super(message);
    }
  }

  /**
   * @param raw what follows the question mark, or a form
   * @param plusIsSpace true for a form; in a query a plus stays one, since filters are full of them
   */
  static Query parse(String raw, boolean plusIsSpace) throws BadQueryException {
    var parameters = new LinkedHashMap<String, String>();
    for (var pair : raw.split("&", -1)) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      var name = decode(equals < 0 ? pair : pair.substring(0, equals), plusIsSpace);
      parameters.putIfAbsent(
          name, equals < 0 ? "" : decode(pair.substring(equals + 1), plusIsSpace));
    }
    return new Query(parameters);
  }

  private static String decode(String text, boolean plusIsSpace) throws BadQueryException {
    try {
      return URLDecoder.decode(
          plusIsSpace ? text : text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new BadQueryException("bad percent-encoding in the query");
    }
  }

  boolean has(String name) {
    return parameters.containsKey(name);
  }

  @Nullable String get(String name) {
    return parameters.get(name);
  }

  /** The parameter as a regular expression, null if it is absent or empty. */
  @Nullable Pattern pattern(String name) throws BadQueryException {
    var text = parameters.get(name);
    if (text == null || text.isEmpty()) {
      return null;
    }
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new BadQueryException("Invalid re2 regex: " + name + ": " + e.getMessage());
    }
  }
}
