package io.weft.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class SchemaTableTest {
  @Test
  void theCommittedTableIsCurrent() throws Exception {
    if (Boolean.getBoolean("update")) {
      SchemaGenerator.main(new String[0]);
    }
    try (var committed = Schema.class.getResourceAsStream("schema.bin")) {
      assertThat(committed.readAllBytes())
          .as(
              "older than Envoy's API: mvn test -Dtest=SchemaTableTest -Dupdate=true, then again without")
          .isEqualTo(SchemaGenerator.generate());
    }
  }

  @Test
  void everyTypeOfTheTableDecodes() {
    var schema = Schema.get();
    assertThat(schema.messageNames()).hasSizeGreaterThan(1000).isSorted();
    for (var name : schema.messageNames()) {
      for (var field : schema.require(name).fields()) {
        if (field.kind() == Kind.ENUM) {
          assertThat(field.enumType().values()).isNotEmpty();
        } else if (field.kind() == Kind.MESSAGE && field.wellKnown() == WellKnown.NONE) {
          assertThat(field.message().name()).isEqualTo(field.typeName());
        }
      }
    }
  }

  /** Two lists of one type would be one, and say less than either seems to. */
  @Test
  void noTypeIsListedTwiceAsSupported() throws Exception {
    try (var in = Schema.class.getResourceAsStream("supported.txt")) {
      var types =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> line.startsWith("envoy."))
              .map(String::strip)
              .toList();
      assertThat(types).hasSizeGreaterThan(100).doesNotHaveDuplicates();
    }
  }
}
