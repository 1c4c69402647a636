package io.weft.format;

import org.jspecify.annotations.Nullable;

/**
 * {@code %FILTER_STATE(KEY:F):Z%}: what a filter has set for others; its text with {@code PLAIN},
 * JSON without.
 */
record FilterState(String key, boolean plain, int max) implements Operator {

  static FilterState compile(OperatorCall call) throws FormatException {
    String[] parts = call.required("KEY or KEY:PLAIN").split(":", -1);
    String form = parts.length > 1 ? parts[1] : "TYPED";
    boolean known = form.equals("PLAIN") || form.equals("TYPED");
    if (parts[0].isEmpty() || parts.length > 2 || !known) {
      throw call.error("'" + call.argument() + "' (expected: KEY, KEY:PLAIN or KEY:TYPED)");
    }
    return new FilterState(parts[0], form.equals("PLAIN"), call.maxLength());
  }

  @Override
  public boolean write(Facts facts, Line out) {
    Object value = facts.filterState(key);
    if (value == null) {
      return false;
    }
    if (plain) {
      out.unicode(value.toString(), max);
    } else {
      var json = new Line(128);
      Json.write(typed(value), json);
      out.value(json.bytes(), 0, Math.min(json.length(), max));
    }
    return true;
  }

  @Override
  public boolean isBareInJson() {
    return !plain;
  }

  @Override
  public boolean writeBare(Facts facts, Line out) {
    Object value = facts.filterState(key);
    if (value == null) {
      return false;
    }
    Json.write(typed(value), out);
    return true;
  }

  /** Numbers and truth values are themselves in JSON, all else is its text. */
  private static @Nullable Object typed(Object value) {
    return value instanceof Number || value instanceof Boolean ? value : value.toString();
  }
}
