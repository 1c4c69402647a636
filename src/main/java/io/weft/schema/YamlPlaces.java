package io.weft.schema;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the keys of a YAML file without a schema stand, for error messages about them. Belongs to
 * one thread.
 */
public final class YamlPlaces {
  private final String file;
  private final @Nullable Tree tree;

  private YamlPlaces(String file, @Nullable Tree tree) {
    this.file = file;
    this.tree = tree;
  }

  /** Reads the text; a syntax error or a key that stands twice goes to {@code problems}. */
  public static YamlPlaces of(String file, String text, Problems problems) {
    var documents = YamlReader.read(file, text, problems);
    return new YamlPlaces(file, documents.isEmpty() ? null : documents.getFirst().tree());
  }

  /** The place of a key; that of the nearest key around it where it is not in the file. */
  public Place place(List<String> path) {
    var text = String.join(".", path);
    if (tree == null) {
      return new Place(file, 1, 1, text);
    }
    int node = 0;
    int line = tree.line(0);
    int column = tree.column(0);
    for (var step : path) {
      int real = tree.resolve(node);
      int key = tree.kind(real) == Tree.MAPPING ? key(tree, real, step) : -1;
      if (key < 0) {
        break;
      }
      line = tree.line(key);
      column = tree.column(key);
      node = key + 1;
    }
    return new Place(file, line, column, text);
  }

  /** The path of every key whose value is a single value, and of every list and empty mapping. */
  public List<List<String>> leaves() {
    var leaves = new ArrayList<List<String>>();
    if (tree != null) {
      leaves(tree, 0, List.of(), leaves);
    }
    return leaves;
  }

  /** Whether the document is a mapping, or empty. */
  public boolean isMapping() {
    return tree == null || tree.isNull(0) || tree.kind(tree.resolve(0)) == Tree.MAPPING;
  }

  private static void leaves(Tree tree, int node, List<String> path, List<List<String>> to) {
    int real = tree.resolve(node);
    if (tree.kind(real) != Tree.MAPPING || tree.next(real) == real + 1) {
      if (!path.isEmpty()) {
        to.add(path);
      }
      return;
    }
    for (int key = real + 1; key < tree.next(real); key = tree.next(key + 1)) {
      var longer = new ArrayList<>(path);
      longer.add(tree.text(key));
      leaves(tree, key + 1, longer, to);
    }
  }

  private static int key(Tree tree, int mapping, String wanted) {
    for (int key = mapping + 1; key < tree.next(mapping); key = tree.next(key + 1)) {
      if (tree.text(key).equals(wanted)) {
        return key;
      }
    }
    return -1;
  }
}
