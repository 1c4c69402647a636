package io.weft.schema;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * A YAML or JSON document as a few arrays: nodes in the order of the text, each with its line, its
 * column and the index just after its subtree. A mapping's children are key, value, key, value. An
 * alias holds the index of its target. A file of 100,000 routes costs some tens of megabytes here,
 * half a gigabyte as snakeyaml's nodes. Belongs to one thread.
 */
final class Tree {
  static final byte SCALAR = 0; // plain
  static final byte QUOTED = 1;
  static final byte MAPPING = 2;
  static final byte SEQUENCE = 3;
  static final byte ALIAS = 4;
  static final byte REFERENCE = 5; // a short form's pointer to what the user wrote

  private final String file;
  private byte[] kinds = new byte[256];
  private int[] lines = new int[256];
  private int[] columns = new int[256];
  private int[] ends = new int[256];
  private @Nullable String[] texts = new String[256];
  private final BitSet repeated = new BitSet(); // keys that stand twice, which has been reported
  private int size;
  private int written;
  private long expanded;

  Tree(String file) {
    this.file = file;
  }

  String file() {
    return file;
  }

  /** How many nodes there are; a new one gets this index. */
  int size() {
    return size;
  }

  int scalar(String text, boolean quoted, int line, int column) {
    int node = add(quoted ? QUOTED : SCALAR, line, column);
    texts[node] = text;
    ends[node] = size;
    return node;
  }

  /** A mapping or sequence, open until {@link #end}. */
  int begin(byte kind, int line, int column) {
    return add(kind, line, column);
  }

  void end(int node) {
    ends[node] = size;
  }

  int alias(int target, int line, int column) {
    int node = add(ALIAS, line, column);
    ends[node] = target;
    return node;
  }

  /** A node that stands for another one, at its place. */
  int reference(int target) {
    int node = add(REFERENCE, lines[target], columns[target]);
    ends[node] = target;
    return node;
  }

  void repeated(int key) {
    repeated.set(key);
  }

  boolean isRepeated(int key) {
    return repeated.get(key);
  }

  /** The text has been read: what is added from here on is made by short forms. */
  void complete() {
    written = size;
  }

  byte kind(int node) {
    return kinds[node];
  }

  int line(int node) {
    return lines[node];
  }

  int column(int node) {
    return columns[node];
  }

  String text(int node) {
    var text = texts[node];
    return text == null ? "" : text;
  }

  boolean isScalar(int node) {
    return kinds[node] <= QUOTED;
  }

  /** The index just after the subtree of a node. */
  int next(int node) {
    return kinds[node] == ALIAS || kinds[node] == REFERENCE ? node + 1 : ends[node];
  }

  /**
   * The node itself, or what an alias or reference stands for.
   *
   * @throws ConfigException when aliases have multiplied the document beyond all use
   */
  int resolve(int node) {
    int at = node;
    while (kinds[at] == ALIAS || kinds[at] == REFERENCE) {
      int target = ends[at];
      if (kinds[at] == ALIAS) {
        expanded += next(target) - target;
        if (expanded > Math.max(100_000L, 10L * written)) {
          throw new ConfigException(
              new Place(file, lines[at], columns[at], ""),
              "the aliases of this document expand to too many values (expected: at most "
                  + Math.max(100_000L, 10L * written)
                  + ")");
        }
      }
      at = target;
    }
    return at;
  }

  boolean isNull(int node) {
    if (kinds[node] != SCALAR) {
      return false;
    }
    return switch (text(node)) {
      case "", "~", "null", "Null", "NULL" -> true;
      default -> false;
    };
  }

  private int add(byte kind, int line, int column) {
    if (size == kinds.length) {
      int capacity = size * 2;
      kinds = Arrays.copyOf(kinds, capacity);
      lines = Arrays.copyOf(lines, capacity);
      columns = Arrays.copyOf(columns, capacity);
      ends = Arrays.copyOf(ends, capacity);
      texts = Arrays.copyOf(texts, capacity);
    }
    kinds[size] = kind;
    lines[size] = line;
    columns[size] = column;
    return size++;
  }
}
