package io.weft.stats.export;

import com.google.re2j.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A tag specifier of Envoy's {@code stats_config.stats_tags}. Exactly one of the other two is set.
 *
 * @param regex its first group is cut from the name, its second or else the first is the tag's
 *     value
 * @param fixedValue a value that every statistic gets
 */
public record TagRule(String tagName, @Nullable Pattern regex, @Nullable String fixedValue) {
  public TagRule {
    if ((regex == null) == (fixedValue == null)) {
      throw new IllegalArgumentException(
          tagName + ": regex and fixed_value (expected: one of them)");
    }
    if (regex != null && regex.groupCount() < 1) {
      throw new IllegalArgumentException(
          tagName + ": regex " + regex + " has no group (expected: at least one)");
    }
  }
}
