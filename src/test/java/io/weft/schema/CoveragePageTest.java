package io.weft.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class CoveragePageTest {
  private static final Path PAGE = Path.of("docs/coverage.md");

  @Test
  void thePageIsCurrent() throws Exception {
    if (Boolean.getBoolean("update")) {
      Files.writeString(PAGE, CoveragePage.text());
    }
    assertThat(Files.readString(PAGE))
        .as("older than supported.txt: mvn test -Dtest=CoveragePageTest -Dupdate=true")
        .isEqualTo(CoveragePage.text());
  }
}
