package io.weft.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.schema.Schema;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The tables of docs/configuration.md say what the code says. */
final class ConfigurationPageTest {
  private static final Path PAGE = Path.of("docs/configuration.md");

  @Test
  void theTablesAreCurrent() throws Exception {
    var page = Files.readString(PAGE);
    var current = table(table(page, "defaults", defaults()), "settings", settings());
    if (Boolean.getBoolean("update")) {
      Files.writeString(PAGE, current);
      page = current;
    }
    assertThat(page)
        .as("older than the code: mvn test -Dtest=ConfigurationPageTest -Dupdate=true")
        .isEqualTo(current);
  }

  /** Replaces the rows between the comment of that name and the next one that ends them. */
  private static String table(String page, String name, String rows) {
    var mark = "<!-- " + name + " -->\n";
    int start = page.indexOf(mark) + mark.length();
    var end = "<!-- end of " + name + " -->\n";
    int stop = page.indexOf(end);
    return page.substring(0, start)
        + rows
        + end
        + page.substring(stop < 0 ? start : stop + end.length());
  }

  private static String defaults() {
    var rows = new StringBuilder("| message | field | `edge` | `envoy` |\n|---|---|---|---|\n");
    for (var row : Defaults.rows()) {
      rows.append("| ")
          .append(Schema.shortName(row.type()))
          .append(" | `")
          .append(row.path())
          .append("` | ")
          .append(row.edge())
          .append(" | ")
          .append(row.envoy().isEmpty() ? "Envoy's own" : row.envoy())
          .append(" |\n");
    }
    return rows.toString();
  }

  private static String settings() {
    var rows = new StringBuilder("| key | variable | takes | default | |\n|---|---|---|---|---|\n");
    for (var setting : Setting.values()) {
      rows.append("| `")
          .append(setting.key())
          .append("` | `")
          .append(setting.variable())
          .append("` | ")
          .append(setting.expectation())
          .append(" | ")
          .append(setting.ifAbsent())
          .append(" | ")
          .append(setting.description())
          .append(" |\n");
    }
    return rows.toString();
  }
}
