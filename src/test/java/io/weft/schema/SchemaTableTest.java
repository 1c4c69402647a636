package io.weft.schema;

import static org.assertj.core.api.Assertions.assertThat;

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
}
