package io.weft.schema;

import io.weft.schema.Rules.Op;
import io.weft.schema.Rules.Rule;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks a message that has been read against its {@code validate.rules}. */
final class RuleCheck {
  private final Problems problems;
  private final Map<String, Pattern> patterns = new HashMap<>();

  RuleCheck(Problems problems) {
    this.problems = problems;
  }

  /** Checks everything but the fields in {@code failed}, whose errors have been told. */
  void check(Message message, List<FieldType> failed) {
    for (var field : message.messageType().ruled()) {
      var rules = java.util.Objects.requireNonNull(field.rules());
      var value = message.get(field);
      if (value == null && failed.contains(field)) {
        continue;
      }
      if (value == null) {
        absent(message, field, rules);
      } else if (field.isRepeated()) {
        list(message, field, rules, (List<?>) value);
      } else if (field.isMap()) {
        map(message, field, rules, (Map<?, ?>) value);
      } else {
        value(message, field, "", rules, value);
      }
    }
    if (message.messageType().requiresOneof()) {
      oneofs(message, failed);
    }
  }

  private void oneofs(Message message, List<FieldType> failed) {
    var oneofs = message.messageType().oneofArray();
    for (int i = 0; i < oneofs.length; i++) {
      int oneof = i;
      if (oneofs[i].required()
          && message.oneof(oneofs[i].name()) == null
          && failed.stream().noneMatch(field -> field.oneof() == oneof)) {
        var choice =
            message.messageType().fields().stream()
                .filter(field -> field.oneof() == oneof && !field.isDeprecated())
                .map(FieldType::name)
                .toList();
        problems.error(
            message.place(),
            "one of "
                + String.join(", ", choice)
                + " must be set (oneof "
                + oneofs[i].name()
                + ")");
      }
    }
  }

  /** What is not set has its type's zero value in protobuf, which a rule may forbid. */
  private void absent(Message message, FieldType field, Rules rules) {
    if (field.oneof() >= 0) {
      return; // its rules hold when it is the one chosen
    }
    if (rules.has(Op.REQUIRED)) {
      problems.error(
          message.place(field.name()), "must be set (expected: " + field.expectation() + ")");
    } else if (rules.has(Op.IGNORE_EMPTY)) {
      return;
    } else if (field.isRepeated()) {
      list(message, field, rules, List.of());
    } else if (field.isMap()) {
      map(message, field, rules, Map.of());
    } else {
      var zero = zero(field);
      if (zero != null) {
        value(message, field, "", rules, zero);
      }
    }
  }

  private static @Nullable Object zero(FieldType field) {
    return switch (field.kind()) {
      case STRING -> "";
      case BYTES -> new byte[0];
      case BOOL -> false;
      case DOUBLE, FLOAT -> 0.0;
      case MESSAGE -> null;
      case ENUM -> field.enumType().find(0);
      default -> 0L;
    };
  }

  private void list(Message message, FieldType field, Rules rules, List<?> items) {
    for (var rule : rules.all()) {
      switch (rule.op()) {
        case MIN_ITEMS -> atLeast(message, field, rule, items.size(), "item");
        case MAX_ITEMS -> atMost(message, field, rule, items.size(), "item");
        case UNIQUE -> {
          var seen = new HashSet<Object>();
          for (var item : items) {
            if (!seen.add(item)) {
              problems.error(message.place(field.name()), "'" + item + "' stands twice");
            }
          }
        }
        case ITEMS -> {
          int index = 0;
          for (var item : items) {
            value(message, field, "[" + index++ + "]", nested(rule), item);
          }
        }
        default -> {}
      }
    }
  }

  private void map(Message message, FieldType field, Rules rules, Map<?, ?> map) {
    for (var rule : rules.all()) {
      switch (rule.op()) {
        case MIN_PAIRS -> atLeast(message, field, rule, map.size(), "entry");
        case MAX_PAIRS -> atMost(message, field, rule, map.size(), "entry");
        case KEYS -> map.keySet().forEach(key -> value(message, field, "", nested(rule), key));
        case VALUES -> map.values().forEach(one -> value(message, field, "", nested(rule), one));
        default -> {}
      }
    }
  }

  private static Rules nested(Rule rule) {
    return java.util.Objects.requireNonNull(rule.nested());
  }

  private void atLeast(Message message, FieldType field, Rule rule, int size, String what) {
    if (size < rule.number()) {
      problems.error(
          message.place(field.name()),
          "must have at least "
              + rule.number()
              + " "
              + plural(what, rule.number())
              + ", has "
              + size);
    }
  }

  private void atMost(Message message, FieldType field, Rule rule, int size, String what) {
    if (size > rule.number()) {
      problems.error(
          message.place(field.name()),
          "must have at most "
              + rule.number()
              + " "
              + plural(what, rule.number())
              + ", has "
              + size);
    }
  }

  private static String plural(String what, long count) {
    return count == 1 ? what : what.equals("entry") ? "entries" : what + "s";
  }

  private void value(Message owner, FieldType field, String at, Rules rules, Object value) {
    var error = error(field, rules, value);
    if (error != null) {
      problems.error(place(owner, field, at, value), error);
    }
  }

  // No switch over types: it is built at its first run, which start-up would pay for.
  private @Nullable String error(FieldType field, Rules rules, Object value) {
    if (value instanceof String text) {
      return text(rules, text);
    } else if (value instanceof Long number) {
      return number(rules, number, unsigned(field));
    } else if (value instanceof Duration duration) {
      return duration(rules, duration);
    } else if (value instanceof EnumType.Value one) {
      return enumValue(rules, one);
    } else if (value instanceof Message message) {
      return any(rules, message);
    } else if (value instanceof Double number) {
      return floating(rules, number);
    } else if (value instanceof byte[] bytes) {
      return bytes(rules, bytes);
    } else if (value instanceof Boolean bool) {
      var constant = rules.find(Op.CONST);
      return constant != null && bool != (constant.number() != 0) ? "must be " + !bool : null;
    }
    return null;
  }

  /** Made when there is something to say: paths are texts, and most values are fine. */
  private static Place place(Message owner, FieldType field, String at, Object value) {
    if (!at.isEmpty() && value instanceof Message item) {
      return item.place();
    }
    var place = owner.place(field.name());
    return at.isEmpty()
        ? place
        : new Place(place.file(), place.line(), place.column(), place.path() + at);
  }

  static boolean unsigned(FieldType field) {
    var kind =
        field.wellKnown() == WellKnown.WRAPPER
            ? Schema.wrappedKind(field.typeName())
            : field.kind();
    return !kind.isSigned();
  }

  private static @Nullable String any(Rules rules, Message message) {
    var in = rules.find(Op.IN);
    if (in != null && !in.texts().contains("type.googleapis.com/" + message.type())) {
      return "must be one of " + String.join(", ", in.texts());
    }
    return null;
  }

  private @Nullable String text(Rules rules, String text) {
    if (text.isEmpty() && rules.has(Op.IGNORE_EMPTY)) {
      return null;
    }
    for (var rule : rules.all()) {
      var error = text(rule, text);
      if (error != null) {
        return error;
      }
    }
    return null;
  }

  private @Nullable String text(Rule rule, String text) {
    return switch (rule.op()) {
      case MIN_LEN -> {
        int length = text.codePointCount(0, text.length());
        yield length >= rule.number()
            ? null
            : text.isEmpty()
                ? "must not be empty"
                : "'"
                    + text
                    + "' is too short (expected: at least "
                    + rule.number()
                    + " characters)";
      }
      case MAX_LEN ->
          text.codePointCount(0, text.length()) <= rule.number()
              ? null
              : "too long (expected: at most " + rule.number() + " characters)";
      case LEN ->
          text.codePointCount(0, text.length()) == rule.number()
              ? null
              : "'" + text + "' has the wrong length (expected: " + rule.number() + " characters)";
      case MIN_BYTES -> {
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        yield length >= rule.number()
            ? null
            : length == 0
                ? "must not be empty"
                : "too short (expected: at least " + rule.number() + " bytes)";
      }
      case MAX_BYTES ->
          text.getBytes(StandardCharsets.UTF_8).length <= rule.number()
              ? null
              : "too long (expected: at most " + rule.number() + " bytes)";
      case PATTERN ->
          patterns.computeIfAbsent(rule.text(), Pattern::compile).matcher(text).find()
              ? null
              : "'" + text + "' has the wrong form (expected: " + rule.text() + ")";
      case PREFIX ->
          text.startsWith(rule.text())
              ? null
              : "'" + text + "' must begin with '" + rule.text() + "'";
      case SUFFIX ->
          text.endsWith(rule.text()) ? null : "'" + text + "' must end with '" + rule.text() + "'";
      case CONTAINS ->
          text.contains(rule.text()) ? null : "'" + text + "' must contain '" + rule.text() + "'";
      case NOT_CONTAINS ->
          text.contains(rule.text())
              ? "'" + text + "' must not contain '" + rule.text() + "'"
              : null;
      case CONST -> text.equals(rule.text()) ? null : "must be '" + rule.text() + "'";
      case IN -> rule.texts().contains(text) ? null : "'" + text + "' is not one of " + list(rule);
      case NOT_IN -> rule.texts().contains(text) ? "'" + text + "' is not allowed" : null;
      case HEADER_NAME ->
          HeaderText.isName(text) ? null : "'" + HeaderText.shown(text) + "' is no header name";
      case HEADER_VALUE ->
          HeaderText.isValue(text) ? null : "'" + HeaderText.shown(text) + "' is no header value";
      case HEADER_NAME_LOOSE, HEADER_VALUE_LOOSE ->
          HeaderText.isLoose(text) ? null : "must not contain NUL, CR or LF";
      case HOSTNAME -> HeaderText.isHost(text) ? null : "'" + text + "' is no host name";
      case IP -> HeaderText.isIp(text) ? null : "'" + text + "' is no IP address";
      case ADDRESS ->
          HeaderText.isHost(text) || HeaderText.isIp(text)
              ? null
              : "'" + text + "' is no host name or IP address";
      case URI -> HeaderText.isUri(text) ? null : "'" + text + "' is no URI";
      default -> null;
    };
  }

  private static String list(Rule rule) {
    return String.join(", ", rule.texts());
  }

  private static @Nullable String bytes(Rules rules, byte[] bytes) {
    for (var rule : rules.all()) {
      boolean bad =
          switch (rule.op()) {
            case MIN_LEN -> bytes.length < rule.number();
            case MAX_LEN -> bytes.length > rule.number();
            case LEN -> bytes.length != rule.number();
            default -> false;
          };
      if (bad) {
        return bytes.length
            + " bytes (expected: "
            + (rule.op() == Op.MIN_LEN ? "at least " : rule.op() == Op.MAX_LEN ? "at most " : "")
            + rule.number()
            + ")";
      }
    }
    return null;
  }

  private static @Nullable String enumValue(Rules rules, EnumType.Value value) {
    for (var rule : rules.all()) {
      boolean bad =
          switch (rule.op()) {
            case CONST -> value.number() != rule.number();
            case IN -> !rule.numbers().contains((long) value.number());
            case NOT_IN -> rule.numbers().contains((long) value.number());
            default -> false;
          };
      if (bad) {
        return value.name() + " is not allowed here";
      }
    }
    return null;
  }

  private static @Nullable String number(Rules rules, long number, boolean unsigned) {
    for (var rule : rules.all()) {
      if (isBound(rule.op()) && violates(rule, number, unsigned)) {
        return (unsigned ? Long.toUnsignedString(number) : number)
            + " is out of range (expected: "
            + range(rules, unsigned)
            + ")";
      }
    }
    return null;
  }

  private static boolean isBound(Op op) {
    return switch (op) {
      case LT, LTE, GT, GTE, CONST, IN, NOT_IN -> true;
      default -> false;
    };
  }

  private static boolean violates(Rule rule, long number, boolean unsigned) {
    int order =
        unsigned
            ? Long.compareUnsigned(number, rule.number())
            : Long.compare(number, rule.number());
    return violates(rule, order, rule.numbers().contains(number));
  }

  private static boolean violates(Rule rule, int order, boolean contained) {
    return switch (rule.op()) {
      case LT -> order >= 0;
      case LTE -> order > 0;
      case GT -> order <= 0;
      case GTE -> order < 0;
      case CONST -> order != 0;
      case IN -> !contained;
      case NOT_IN -> contained;
      default -> false;
    };
  }

  private static String range(Rules rules, boolean unsigned) {
    var low = rules.find(Op.GTE);
    var high = rules.find(Op.LTE);
    if (high != null
        && rules.all().size() <= 2
        && (low != null || (unsigned && rules.all().size() == 1))) {
      return (low == null ? 0 : low.number()) + "-" + high.number();
    }
    return described(
        rules, number -> unsigned ? Long.toUnsignedString(number) : Long.toString(number));
  }

  private static String described(Rules rules, java.util.function.LongFunction<String> shown) {
    var text = new StringBuilder();
    for (var rule : rules.all()) {
      if (isBound(rule.op())) {
        text.append(text.isEmpty() ? "" : ", ").append(words(rule.op()));
        for (int i = 0; i < rule.numbers().size(); i++) {
          text.append(i > 0 ? ", " : "").append(shown.apply(rule.numbers().get(i)));
        }
      }
    }
    return text.toString();
  }

  private static String words(Op op) {
    return switch (op) {
      case LT -> "less than ";
      case LTE -> "at most ";
      case GT -> "more than ";
      case GTE -> "at least ";
      case IN -> "one of ";
      case NOT_IN -> "not ";
      default -> "";
    };
  }

  private static @Nullable String floating(Rules rules, double number) {
    for (var rule : rules.all()) {
      if (isBound(rule.op())
          && (Double.isNaN(number)
              || violates(
                  rule,
                  Double.compare(number, Double.longBitsToDouble(rule.number())),
                  rule.numbers().contains(Double.doubleToRawLongBits(number))))) {
        return number
            + " is out of range (expected: "
            + described(rules, bits -> Double.toString(Double.longBitsToDouble(bits)))
            + ")";
      }
    }
    return null;
  }

  private static @Nullable String duration(Rules rules, Duration duration) {
    for (var rule : rules.all()) {
      if (isBound(rule.op())) {
        boolean contained = false;
        for (long nanos : rule.numbers()) {
          contained |= duration.equals(Duration.ofNanos(nanos));
        }
        if (violates(rule, duration.compareTo(Duration.ofNanos(rule.number())), contained)) {
          return Values.text(duration)
              + " is out of range (expected: "
              + described(rules, nanos -> Values.text(Duration.ofNanos(nanos)))
              + ")";
        }
      }
    }
    return null;
  }
}
