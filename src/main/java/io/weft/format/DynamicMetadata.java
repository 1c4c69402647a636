package io.weft.format;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code %DYNAMIC_METADATA(NAMESPACE:KEY*):Z%}: what a filter left for others. */
record DynamicMetadata(String namespace, List<String> keys, int max) implements Operator {

  static DynamicMetadata compile(OperatorCall call) throws FormatException {
    List<String> parts = Arrays.asList(call.required("NAMESPACE:KEY*").split(":", -1));
    return new DynamicMetadata(
        parts.getFirst(), List.copyOf(parts.subList(1, parts.size())), call.maxLength());
  }

  private @Nullable Object find(Facts facts) {
    Map<String, Object> all = facts.dynamicMetadata(namespace);
    Object value = all.isEmpty() ? null : all;
    for (String key : keys) {
      value = value instanceof Map<?, ?> map ? map.get(key) : null;
    }
    return value;
  }

  @Override
  public boolean write(Facts facts, Line out) {
    Object value = find(facts);
    if (value == null) {
      return false;
    }
    if (value instanceof String text) {
      out.unicode(text, max);
    } else {
      var json = new Line(128);
      Json.write(value, json);
      out.value(json.bytes(), 0, Math.min(json.length(), max));
    }
    return true;
  }

  @Override
  public boolean isBareInJson() {
    return true;
  }

  @Override
  public boolean writeBare(Facts facts, Line out) {
    Object value = find(facts);
    if (value == null) {
      return false;
    }
    if (value instanceof String text) {
      out.put('"');
      out.unicode(text, max);
      out.put('"');
    } else {
      Json.write(value, out);
    }
    return true;
  }
}
