package io.weft.schema;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@code validate.rules} of one field, as protoc-gen-validate defines them. Immutable.
 *
 * @param all every rule of the field
 */
record Rules(List<Rule> all) {
  /** One constraint. Numbers are raw bits for floating fields and nanoseconds for durations. */
  record Rule(Op op, List<Long> numbers, List<String> texts, @Nullable Rules nested) {
    long number() {
      return numbers.getFirst();
    }

    String text() {
      return texts.getFirst();
    }
  }

  /** What a rule asks; the ordinal is what the table holds, so new ones go to the end. */
  enum Op {
    REQUIRED,
    IGNORE_EMPTY,
    CONST,
    LT,
    LTE,
    GT,
    GTE,
    IN,
    NOT_IN,
    LEN,
    MIN_LEN,
    MAX_LEN,
    MIN_BYTES,
    MAX_BYTES,
    PATTERN,
    PREFIX,
    SUFFIX,
    CONTAINS,
    NOT_CONTAINS,
    HEADER_NAME,
    HEADER_NAME_LOOSE,
    HEADER_VALUE,
    HEADER_VALUE_LOOSE,
    IP,
    HOSTNAME,
    ADDRESS,
    URI,
    MIN_ITEMS,
    MAX_ITEMS,
    UNIQUE,
    ITEMS,
    MIN_PAIRS,
    MAX_PAIRS,
    KEYS,
    VALUES,
    DEFINED_ONLY;

    private static final Op[] ALL = values();

    static Op at(int ordinal) {
      return ALL[ordinal];
    }
  }

  boolean has(Op op) {
    return find(op) != null;
  }

  @Nullable Rule find(Op op) {
    for (var rule : all) {
      if (rule.op == op) {
        return rule;
      }
    }
    return null;
  }
}
