package io.weft.schema;

/** A configuration that cannot be used; thrown while one is loaded and never on the data path. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Problems problems;

  public ConfigException(Problems problems) {
    super(problems.text().stripTrailing());
    this.problems = problems;
  }

  public ConfigException(Place place, String message) {
    this(one(place, message));
  }

  /** Every finding, warnings included. */
  public Problems problems() {
    return problems;
  }

  private static Problems one(Place place, String message) {
    var problems = new Problems();
    problems.error(place, message);
    return problems;
  }
}
