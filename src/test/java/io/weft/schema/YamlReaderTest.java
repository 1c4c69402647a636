package io.weft.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class YamlReaderTest {
  private static final String NODE = "envoy.config.core.v3.Node";

  private static String errors(String text) {
    return errors("a.yaml", text);
  }

  private static String errors(String file, String text) {
    var problems = new Problems();
    ResourceReader.read(file, text, NODE, ReadOptions.PLAIN, problems);
    return problems.text();
  }

  @Test
  void refusesWhatCouldRunCodeOrHarm() {
    assertThat(errors("id: !!java.lang.Runtime x")).startsWith("a.yaml:1:5 .: the tag");
    assertThat(errors("id: !!str x")).isEmpty();
    assertThat(errors("metadata: &a {b: *a}"))
        .startsWith("a.yaml:1:18 .: the alias *a contains itself");
    assertThat(errors("metadata: *a")).contains("no anchor &a above");
    assertThat(errors("metadata: " + "[".repeat(70) + "]".repeat(70)))
        .contains("nested too deeply");
    assertThat(errors("{[a]: b}")).contains("a key must be text");
    assertThat(errors("id: a\nid: b"))
        .isEqualTo("a.yaml:2:1 .: 'id' stands twice in this mapping\n");
    assertThat(errors("id: a\n--- \nid: b")).contains("a second document");
  }

  @Test
  void stopsAliasesThatMultiply() {
    var bomb = new StringBuilder("metadata:\n  a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++) {
      bomb.append("  a")
          .append(i)
          .append(": &a")
          .append(i)
          .append(" [")
          .append(("*a" + (i - 1) + ",").repeat(10))
          .append("]\n");
    }
    assertThat(errors(bomb.toString()))
        .contains("aliases of this document expand to too many values");
  }

  @Test
  void stopsAliasesThatNest() {
    var deep = new StringBuilder("metadata:\n  a0: &a0 {x: y}\n");
    for (int i = 1; i < 400; i++) {
      deep.append("  a")
          .append(i)
          .append(": &a")
          .append(i)
          .append(" {x: *a")
          .append(i - 1)
          .append("}\n");
    }
    assertThat(errors(deep.toString()))
        .contains("nested too deeply (expected: at most 200 levels)");
  }

  @Test
  void tellsWhereTheSyntaxIsWrong() {
    assertThat(errors("id: a\n\tcluster: b")).startsWith("a.yaml:2:1 .: not YAML: ");
    assertThat(errors("id: {a")).startsWith("a.yaml:1:").contains("not YAML: ");
    assertThat(errors("a.json", "{\"id\": }")).isEmpty(); // null, as YAML has it
  }

  /** Broken files give errors with places, never an exception, an endless loop or a deep stack. */
  @Test
  void readsOrRefusesAnyText() {
    var sample =
        """
        id: &a "x\\u00e9"
        cluster: 'b'
        metadata: {a: [1, 2, {<<: {c: *a}}], d: |
            text
          }
        locality:
          <<: [{region: r}, {zone: z}]
          sub_zone: >-
            folded
        """
            .getBytes(StandardCharsets.ISO_8859_1);
    var random = new Random(11);
    var bytes = "{}[]:,-&*!|>'\"%@`#?\\ \n\t\r\0~<ab0é".getBytes(StandardCharsets.ISO_8859_1);
    int refused = 0;
    for (int round = 0; round < 4000; round++) {
      var broken = sample.clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        broken[random.nextInt(broken.length)] = bytes[random.nextInt(bytes.length)];
      }
      var text = new String(broken, StandardCharsets.ISO_8859_1);
      refused += errors(text).isEmpty() ? 0 : 1;
    }
    assertThat(refused).isBetween(1000, 4000);
  }
}
