package io.weft.schema;

/** One finding in a configuration: what is wrong (or doubtful) and where. Immutable. */
public record Problem(Severity severity, Place place, String message) {
  /** Whether the configuration can be used in spite of it. */
  public enum Severity {
    ERROR,
    WARNING
  }

  /** One line for a reader: {@code file:line:column path: message}. */
  public String text() {
    return place + ": " + (severity == Severity.WARNING ? "warning: " : "") + message;
  }
}
