package io.weft.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathPatternTest {
  private static final List<String> PARTS =
      List.of(
          "/", "a", "b", "ab", "^", "$", ".", ".*", "x?", "b*", "a+", "[ab]", "[^a]", "(a)",
          "(ab)?", "(?:b)", "(?i)A", "a|b", "\\b", "\\B", "\\A", "\\.", "a{2}", "a{0,1}", "[.*",
          "[|]", "]", ")");

  private static final List<String> TEXT =
      List.of("/", "a", "b", "ab", "x", "A", ".", "\n", "|", "*");

  @Test
  void decidesAsTheWholeExpressionDoes() {
    var random = new SplittableRandom(7);
    int compared = 0;
    int matched = 0;
    while (compared < 200_000) {
      String regex = text(random, PARTS, 6);
      Pattern whole;
      try {
        whole = Pattern.compile(regex);
      } catch (PatternSyntaxException e) {
        continue; // no expression
      }
      PathPattern pattern = PathPattern.of(0, regex);
      for (int i = 0; i < 20; i++) {
        String path = text(random, TEXT, 6);
        boolean expected = whole.matches(path);
        assertThat(pattern.matches(path)).as("'%s' on '%s'", regex, path).isEqualTo(expected);
        compared++;
        matched += expected ? 1 : 0;
      }
    }
    assertThat(matched).isGreaterThan(2_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/api/v[0-9]+/.*", "^/api/v[0-9]+/.*", "/api/v[0-9]+/x", "/api/.*", "/api"})
  void leavesTextAndAnyEndToOthers(String regex) {
    PathPattern pattern = PathPattern.of(0, regex);
    assertThat(pattern.isSplit()).isTrue();
    assertThat(pattern.start()).startsWith("/api");
    assertThat(pattern.takesAnyEnd()).isEqualTo(regex.endsWith(".*"));
  }

  private static String text(SplittableRandom random, List<String> parts, int most) {
    var text = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      text.append(parts.get(random.nextInt(parts.size())));
    }
    return text.toString();
  }
}
