package io.weft.schema;

/**
 * Where in the configuration something stands. Immutable.
 *
 * @param file the file as the user names it, relative to the configuration directory where there is
 *     one
 * @param line the line, from 1; 0 where the place has no line (a setting from the environment)
 * @param column the column, from 1
 * @param path the field path, such as {@code static_resources.listeners[0].name}; empty for the
 *     whole document
 */
public record Place(String file, int line, int column, String path) {
  /** The form an editor can jump to: {@code file:line:column path}. */
  @Override
  public String toString() {
    return file + ":" + line + ":" + column + " " + (path.isEmpty() ? "." : path);
  }
}
