package io.weft.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.weft.route.PathNormalizer.EscapedSlashes;
import io.weft.route.PathNormalizer.Result;
import java.nio.charset.StandardCharsets;

/** What a path became is what it stays: a second normalisation changes nothing. */
class PathNormalizerFuzzTest {
  @FuzzTest(maxDuration = "2m")
  void pathsStayWhatTheyBecame(byte[] input) {
    if (input.length < 2 || input.length > 2000) {
      return;
    }
    int flags = input[0];
    var actions = EscapedSlashes.values();
    var action = actions[(flags >>> 3 & 7) % actions.length];
    var normalizer =
        new PathNormalizer((flags & 1) != 0, (flags & 2) != 0, action, (flags & 4) != 0);
    String path = "/" + new String(input, 1, input.length - 1, StandardCharsets.ISO_8859_1);
    switch (normalizer.normalize(path)) {
      case Result.Path once -> {
        assertThat(once.path()).startsWith("/");
        assertThat(normalizer.normalize(once.path())).isEqualTo(once);
        if (normalizer.isNormal(path)) {
          assertThat(once.path()).isEqualTo(path);
        }
      }
      case Result.Redirect redirect ->
          assertThat(normalizer.normalize(redirect.path()))
              .as("where the client is sent is where it may go")
              .isInstanceOf(Result.Path.class);
      case Result.Refused refused -> assertThat(refused.reason()).isNotEmpty();
    }
  }
}
