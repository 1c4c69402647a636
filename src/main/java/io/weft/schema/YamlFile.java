package io.weft.schema;

import java.util.List;

/**
 * A YAML or JSON file that has been parsed and not yet read against a schema. Belongs to one
 * thread.
 */
public final class YamlFile {
  private final String name;
  private final List<YamlReader.Document> documents;
  private final boolean parsed;

  private YamlFile(String name, List<YamlReader.Document> documents, boolean parsed) {
    this.name = name;
    this.documents = documents;
    this.parsed = parsed;
  }

  /** Parses a text; syntax errors and keys that stand twice go to {@code problems}. */
  public static YamlFile parse(String name, String text, Problems problems) {
    int before = problems.errors().size();
    var documents = YamlReader.read(name, text, problems);
    return new YamlFile(
        name, documents, !documents.isEmpty() || problems.errors().size() == before);
  }

  /** The name the file has in places. */
  public String name() {
    return name;
  }

  /** Whether the text could be parsed; an empty one can. */
  boolean isParsed() {
    return parsed;
  }

  List<YamlReader.Document> documents() {
    return documents;
  }
}
