package io.weft.format;

import io.weft.http.HeaderName;
import org.jspecify.annotations.Nullable;

/** The argument of a header operator: a name, and what to take where it is absent. */
record Names(String first, @Nullable String second) {

  static Names parse(OperatorCall call) throws FormatException {
    String argument = call.required("the name of a header");
    int mark = argument.indexOf('?');
    if (mark < 0) {
      return new Names(argument, null);
    }
    String second = argument.substring(mark + 1);
    if (mark == 0 || second.isEmpty() || second.indexOf('?') >= 0) {
      throw call.error("argument '" + argument + "' (expected: NAME or NAME?OTHER)");
    }
    return new Names(argument.substring(0, mark), second);
  }

  static HeaderName field(OperatorCall call, String name) throws FormatException {
    try {
      return HeaderName.of(name);
    } catch (IllegalArgumentException e) {
      throw call.error("argument '" + name + "' (expected: the name of a header)");
    }
  }
}
