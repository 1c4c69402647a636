package io.weft.schema;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Writes docs/coverage.md from the schema table, run by {@code CoveragePageTest}. */
final class CoveragePage {
  private CoveragePage() {}

  static String text() {
    var page = new StringBuilder();
    var schema = Schema.get();
    page.append(
        """
        # Coverage of Envoy's v3 API

        Made from `src/main/resources/io/weft/schema/supported.txt` by `CoveragePage.java`: do not edit.

        A field that is not implemented is refused where a file sets it, with its place; it is never ignored. Messages of
        Envoy's API that are not named here are not implemented at all.

        """);
    extensions(page, schema);
    messages(page, schema);
    return page.toString();
  }

  private static void extensions(StringBuilder page, Schema schema) {
    page.append("## Extensions\n\n| name | type |\n|---|---|\n");
    for (var extension : new TreeMap<>(schema.supported().extensions()).values()) {
      page.append("| ").append(extension.name()).append(" | ").append(extension.type());
      if (extension.route() != null) {
        page.append("; per route ").append(Schema.shortName(extension.route()));
      }
      page.append(" |\n");
    }
    page.append("\nNot implemented, by package of Envoy's API:\n\n");
    for (var kind :
        List.of(
            "filters.http",
            "filters.network",
            "filters.listener",
            "access_loggers",
            "transport_sockets",
            "load_balancing_policies",
            "clusters",
            "health_checkers",
            "upstreams",
            "retry",
            "resource_monitors",
            "stat_sinks",
            "tracers")) {
      var missing = missing(schema, "envoy.extensions." + kind + ".");
      if (!missing.isEmpty()) {
        page.append("- ").append(kind).append(": ").append(String.join(", ", missing)).append("\n");
      }
    }
  }

  private static Set<String> missing(Schema schema, String prefix) {
    var missing = new TreeSet<String>();
    var here = new TreeSet<String>();
    for (var name : schema.messageNames()) {
      if (name.startsWith(prefix)) {
        var rest = name.substring(prefix.length());
        int version = rest.indexOf(".v3");
        var extension = version < 0 ? rest : rest.substring(0, version);
        (schema.isSupported(name) ? here : missing).add(extension);
      }
    }
    missing.removeAll(here);
    return missing;
  }

  private static void messages(StringBuilder page, Schema schema) {
    page.append("\n## Fields\n\nOf ")
        .append(schema.supportedTypes().size())
        .append(" messages and enums.\n");
    var family = "";
    for (var name : schema.supportedTypes()) {
      var here = name.substring(0, name.length() - Schema.shortName(name).length() - 1);
      if (!here.equals(family)) {
        family = here;
        page.append("\n### ")
            .append(family)
            .append("\n\n| | implemented | not yet |\n|---|---|---|\n");
      }
      var yes = new TreeSet<String>();
      var no = new TreeSet<String>();
      var message = schema.message(name);
      if (message != null) {
        message
            .fields()
            .forEach(field -> {
              if (field.only() != null) {
                yes.add(field.name() + ": " + field.only());
              } else if (!field.isDeprecated() || field.isSupported()) {
                (field.isSupported() ? yes : no).add(field.name());
              }
            });
      } else {
        schema
            .requireEnum(name)
            .values()
            .forEach(value -> {
              if (!value.deprecated() || value.supported()) {
                (value.supported() ? yes : no).add(value.name());
              }
            });
      }
      page.append(
          String.format(
              Locale.ROOT, "| %s | %s | %s |%n", Schema.shortName(name), words(yes), words(no)));
    }
  }

  private static String words(Set<String> names) {
    return names.isEmpty() ? "" : "`" + String.join("` `", names) + "`";
  }
}
