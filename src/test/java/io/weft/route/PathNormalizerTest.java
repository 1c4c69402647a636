package io.weft.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.route.PathNormalizer.EscapedSlashes;
import io.weft.route.PathNormalizer.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class PathNormalizerTest {
  private static final PathNormalizer ENVOY =
      new PathNormalizer(true, true, EscapedSlashes.KEEP_UNCHANGED, false);
  private static final PathNormalizer EDGE =
      new PathNormalizer(true, true, EscapedSlashes.UNESCAPE_AND_REDIRECT, true);

  /** Expected values of Envoy's path_utility_test, Apache-2.0. */
  private static Map<?, ?> vectors() {
    try (var in = PathNormalizerTest.class.getResourceAsStream("path.json")) {
      String json = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(json);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<?> list(Object of, String key) {
    return (List<?>) Objects.requireNonNull(((Map<?, ?>) of).get(key));
  }

  private static String text(Object row, int column) {
    return (String) ((List<?>) row).get(column);
  }

  @Test
  void dotSegmentsAreRemovedAsEnvoyDoes() {
    Object section = Objects.requireNonNull(vectors().get("normalize_path"));
    var normalizer = new PathNormalizer(true, false, EscapedSlashes.KEEP_UNCHANGED, false);
    for (Object path : list(section, "ok_unchanged")) {
      assertThat(normalizer.normalize((String) path)).isEqualTo(new Result.Path((String) path));
    }
    for (Object row : list(section, "cases")) {
      assertThat(normalizer.normalize(text(row, 0))).isEqualTo(new Result.Path(text(row, 1)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/xyz/.%00../abc", "/xyz/%00.%00./abc", "/xyz/AAAAA%%0000/abc"})
  void nulIsRefusedAlsoWhereEnvoysRulesHold(String path) {
    assertThat(ENVOY.normalize(path)).isEqualTo(new Result.Refused("a NUL"));
  }

  @Test
  void slashesAreMergedAsEnvoyDoes() {
    var normalizer = new PathNormalizer(false, true, EscapedSlashes.KEEP_UNCHANGED, false);
    for (Object row : list(vectors(), "merge_slashes")) {
      assertThat(normalizer.normalize(text(row, 0)))
          .as(text(row, 0))
          .isEqualTo(new Result.Path(text(row, 1)));
    }
  }

  @Test
  void slashesAreUnescapedAsEnvoyDoes() {
    var normalizer = new PathNormalizer(false, false, EscapedSlashes.UNESCAPE_AND_FORWARD, false);
    var redirecting = new PathNormalizer(false, false, EscapedSlashes.UNESCAPE_AND_REDIRECT, false);
    var refusing = new PathNormalizer(false, false, EscapedSlashes.REJECT_REQUEST, false);
    for (Object row : list(vectors(), "unescape_slashes")) {
      String from = text(row, 0);
      String to = text(row, 1);
      boolean changes = (Boolean) ((List<?>) row).get(2);
      assertThat(normalizer.normalize(from)).as(from).isEqualTo(new Result.Path(to));
      assertThat(redirecting.normalize(from))
          .as(from)
          .isEqualTo(changes ? new Result.Redirect(to) : new Result.Path(to));
      assertThat(refusing.normalize(from))
          .as(from)
          .isEqualTo(changes ? new Result.Refused("an escaped slash") : new Result.Path(from));
    }
  }

  @Test
  void queryAndFragmentAreNoPath() {
    for (Object row : list(vectors(), "remove_query_and_fragment")) {
      String path = text(row, 0);
      assertThat(path.substring(0, VirtualHost.pathEnd(path))).isEqualTo(text(row, 1));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/a/%2e%2e/b, /b",
    "/a/.%2E/b, /b",
    "/%61dmin/%7Ex, /admin/~x",
    "/a/./b/., /a/b/",
    "/a/b/.., /a/",
    "/../../etc/passwd, /etc/passwd",
    "/a//../b, /a/b",
    "/.../a, /.../a",
    "/a/..;/b, /a/..;/b",
    "/%252e%252e/a, /%252e%252e/a",
    "/%c0%ae%c0%ae/a, /%c0%ae%c0%ae/a",
    "//a///b?x=//../%2f%00, /a/b?x=//../%2f%00",
    "/a.b/c.d, /a.b/c.d",
    "/.hidden, /.hidden",
  })
  void edgeLeavesOneSpellingOfAPath(String path, String expected) {
    assertThat(EDGE.normalize(path)).isEqualTo(new Result.Path(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "/a%2fb, /a/b",
    "/a/%2f..%2fb?q, /a/b?q",
    "/%2e%2e%2fa, /a",
  })
  void edgeRedirectsEscapedSlashes(String path, String expected) {
    assertThat(EDGE.normalize(path)).isEqualTo(new Result.Redirect(expected));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%00",
        "/a%0d%0ab",
        "/a\u0001",
        "/a\u007fb",
        "/%7f",
        "/%",
        "/%2",
        "/%zz",
        "/a%%41",
        "/a\\b",
        "/a%5cb",
        "/..\\..\\x",
        "/a\nb"
      })
  void edgeRefusesWhatIsReadInTwoWays(String path) {
    assertThat(EDGE.normalize(path)).isInstanceOf(Result.Refused.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/a/b/c", "/a.b/c-d_e~f/1?x=/../y", "*", "/products/1;v=2/x:y@z!$&'()*+,"})
  void normalPathIsTheSameString(String path) {
    assertThat(EDGE.isNormal(path)).isTrue();
    var result = (Result.Path) EDGE.normalize(path);
    assertThat(result.path()).isSameAs(path);
    assertThat(((Result.Path) PathNormalizer.OFF.normalize("/a/../%00\\//b")).path())
        .isEqualTo("/a/../%00\\//b");
  }

  @ParameterizedTest
  @EnumSource(EscapedSlashes.class)
  void normalizingAgainChangesNothing(EscapedSlashes action) {
    String[] parts = {
      "/", "/", ".", "..", "%2e", "%2E", "%2f", "%2F", "%5c", "\\", "%", "%%", "%25", "%34", "%41",
      "a", "b1", "41", "//", "?", "#", ";", "%00", "%0a", "\u00e9", "%c3%a9", "~", "%7e", "2", "f"
    };
    var random = new Random(99);
    int refused = 0;
    for (int round = 0; round < 40_000; round++) {
      var path = new StringBuilder(random.nextInt(10) == 0 ? "" : "/");
      for (int i = random.nextInt(9); i >= 0; i--) {
        path.append(parts[random.nextInt(parts.length)]);
      }
      var normalizer =
          new PathNormalizer(
              random.nextBoolean(), random.nextBoolean(), action, random.nextBoolean());
      String once;
      switch (normalizer.normalize(path.toString())) {
        case Result.Refused _ -> {
          refused++;
          assertThat(normalizer.isNormal(path.toString())).isFalse();
          continue;
        }
        case Result.Path(var to) -> once = to;
        case Result.Redirect(var to) -> once = to;
      }
      assertThat(normalizer.normalize(once))
          .as("%s -> %s", path, once)
          .isEqualTo(new Result.Path(once));
      if (normalizer.isNormal(path.toString())) {
        assertThat(once).as("called normal").isEqualTo(path.toString());
      }
    }
    assertThat(refused).isBetween(1_000, 39_000);
  }
}
