package io.weft.schema;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads resources from YAML or JSON. All errors go to {@link Problems}; what could be read is
 * returned all the same.
 */
public final class ResourceReader {
  /** A null inside a {@code google.protobuf.Value}, which is a value and not an absence. */
  static final Object NULL =
      new Object() {
        @Override
        public String toString() {
          return "null";
        }
      };

  private ResourceReader() {}

  /**
   * The one message of a file, such as a bootstrap; an empty file is an empty message. Null when
   * there is nothing to read.
   */
  public static @Nullable Message read(
      YamlFile file, String type, ReadOptions options, Problems problems) {
    if (!file.isParsed()) {
      return null;
    }
    var documents = file.documents();
    if (documents.isEmpty()) {
      var tree = new Tree(file.name());
      int node = tree.scalar("", false, 1, 1);
      return new MessageReader(tree, options, problems).resource(type, node, "");
    }
    if (documents.size() > 1) {
      var second = documents.get(1);
      problems.error(
          new Place(file.name(), second.tree().line(0), second.tree().column(0), ""),
          "a second document (expected: one " + Schema.shortName(type) + ")");
    }
    var first = documents.getFirst();
    return new MessageReader(first.tree(), options, problems).resource(type, first.root(), "");
  }

  /** The same for a text that has not been parsed. */
  public static @Nullable Message read(
      String file, String text, String type, ReadOptions options, Problems problems) {
    return read(YamlFile.parse(file, text, problems), type, options, problems);
  }

  /**
   * The messages of a file that may hold one, a list of them, Envoy's {@code resources:} list with
   * or without {@code @type}, or several documents of these kinds.
   */
  public static List<Message> readAll(
      YamlFile file, String type, ReadOptions options, Problems problems) {
    var messages = new ArrayList<Message>();
    int index = 0;
    var documents = file.documents();
    for (var document : documents) {
      var tree = document.tree();
      var reader = new MessageReader(tree, options, problems);
      int root = reader.resources(document.root());
      if (tree.isNull(root)) {
        continue;
      }
      if (tree.kind(root) != Tree.SEQUENCE) {
        Object at = documents.size() > 1 ? (Object) index : "";
        index = add(messages, reader.resource(type, root, at), index);
        continue;
      }
      for (int item = root + 1; item < tree.next(root); item = tree.next(item)) {
        index = add(messages, reader.resource(type, item, index), index);
      }
    }
    return messages;
  }

  /** The same for a text that has not been parsed. */
  public static List<Message> readAll(
      String file, String text, String type, ReadOptions options, Problems problems) {
    return readAll(YamlFile.parse(file, text, problems), type, options, problems);
  }

  private static int add(List<Message> to, @Nullable Message message, int index) {
    if (message != null) {
      to.add(message);
    }
    return index + 1;
  }

  /**
   * A message from a text: for tests, and for what the program itself configures.
   *
   * @throws ConfigException with every error of the text
   */
  public static Message parse(String type, String yaml) {
    return parse(type, yaml, ReadOptions.PLAIN);
  }

  public static Message parse(String type, String yaml, ReadOptions options) {
    var problems = new Problems();
    var message = read("(text)", yaml, type, options, problems);
    problems.throwIfAny();
    if (message == null) {
      throw new IllegalStateException("nothing was read and nothing reported");
    }
    return message;
  }
}
