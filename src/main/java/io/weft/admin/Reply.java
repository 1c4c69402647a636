package io.weft.admin;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** The answer to an admin request; a large body is written while it is made. */
record Reply(int status, String contentType, Body body) {
  static final String TEXT = "text/plain; charset=UTF-8";
  static final String JSON = "application/json";
  static final String HTML = "text/html; charset=UTF-8";

  /** Writes a body; blocks while the client does not read. */
  @FunctionalInterface
  interface Body {
    void write(OutputStream out) throws IOException;
  }

  static Reply text(String text) {
    return text(200, text);
  }

  static Reply text(int status, String text) {
    return new Reply(status, TEXT, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  static Reply json(Object tree) {
    var text = Json.pretty(tree);
    return new Reply(200, JSON, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  static Reply ok() {
    return text("OK\n");
  }
}
