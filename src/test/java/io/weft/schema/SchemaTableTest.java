package io.weft.schema;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SchemaTableTest {
  @Test
  void theCommittedTableIsCurrent() throws Exception {
    try (var committed = Schema.class.getResourceAsStream("schema.bin")) {
      assertThat(committed.readAllBytes())
          .as("run SchemaGenerator: schema.bin is older than Envoy's API on the class path")
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
}
