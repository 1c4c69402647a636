package io.weft.format;

import java.util.Map;

/** A compiled format. Immutable, shared, rendered on the thread of the stream; never blocks. */
public sealed interface Format permits TextFormat, JsonFormat {
  /** Envoy's default format of access logs, with its line end. */
  String DEFAULT =
      "[%START_TIME%] \"%REQUEST_HEADER(:METHOD)%"
          + " %REQUEST_HEADER(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE%"
          + " %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION%"
          + " %RESPONSE_HEADER(X-ENVOY-UPSTREAM-SERVICE-TIME)%"
          + " \"%REQUEST_HEADER(X-FORWARDED-FOR)%\" \"%REQUEST_HEADER(USER-AGENT)%\""
          + " \"%REQUEST_HEADER(X-REQUEST-ID)%\" \"%REQUEST_HEADER(:AUTHORITY)%\""
          + " \"%UPSTREAM_HOST%\"\n";

  /** Appends what the format makes of {@code facts}. */
  void render(Facts facts, Line out);

  /**
   * A text with operators, for log lines and header values: control characters of values are
   * escaped.
   *
   * @param omitEmpty whether an absent fact is shown as nothing instead of {@code -}
   */
  static TextFormat text(String format, boolean omitEmpty) throws FormatException {
    return TextFormat.compile(format, omitEmpty, Line.Escaping.TEXT);
  }

  /** As {@link #text}, for bodies: values go in as they are. */
  static TextFormat body(String format, boolean omitEmpty) throws FormatException {
    return TextFormat.compile(format, omitEmpty, Line.Escaping.NONE);
  }

  /**
   * A JSON object a line.
   *
   * @param template strings with operators, numbers, booleans, nulls, lists and maps of them
   * @param omitEmpty whether a field whose fact is absent is left out instead of {@code null}
   */
  static JsonFormat json(Map<String, ?> template, boolean omitEmpty) throws FormatException {
    return JsonFormat.compile(template, omitEmpty);
  }
}
