package io.weft.schema;

import io.weft.schema.Problem.Severity;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Collects every finding of one load, so that a file with ten mistakes is reported with ten errors.
 * Belongs to one thread. What several checks say of the same field is kept once, the first of it;
 * beyond {@link #MAX} findings only the count goes on.
 */
public final class Problems {
  /** How many findings are kept. */
  public static final int MAX = 1000;

  private final List<Problem> all = new ArrayList<>();
  private final Set<Problem> seen = new HashSet<>();
  private int errors;
  private int dropped;

  public void error(Place place, String message) {
    add(new Problem(Severity.ERROR, place, message));
  }

  public void warn(Place place, String message) {
    add(new Problem(Severity.WARNING, place, message));
  }

  public void add(Problem problem) {
    boolean named = !problem.place().path().isEmpty();
    if (!seen.add(named ? new Problem(problem.severity(), problem.place(), "") : problem)) {
      return;
    }
    if (problem.severity() == Severity.ERROR) {
      errors++;
    }
    if (all.size() >= MAX) {
      dropped++;
    } else {
      all.add(problem);
    }
  }

  /** True if there is no error; warnings do not count. */
  public boolean isEmpty() {
    return errors == 0;
  }

  /** What was found, in the order of files and lines. */
  public List<Problem> all() {
    if (all.isEmpty()) {
      return List.of();
    }
    var sorted = new ArrayList<>(all);
    sorted.sort(
        Comparator.comparing((Problem p) -> p.place().file())
            .thenComparingInt(p -> p.place().line())
            .thenComparingInt(p -> p.place().column()));
    return Collections.unmodifiableList(sorted);
  }

  public List<Problem> errors() {
    return all().stream().filter(p -> p.severity() == Severity.ERROR).toList();
  }

  public List<Problem> warnings() {
    return all().stream().filter(p -> p.severity() == Severity.WARNING).toList();
  }

  /** How many findings beyond {@link #MAX} were not kept. */
  public int dropped() {
    return dropped;
  }

  /** One line for each finding, each ended by a line feed. */
  public String text() {
    var text = new StringBuilder();
    for (var problem : all()) {
      text.append(problem.text()).append('\n');
    }
    if (dropped > 0) {
      text.append("... and ").append(dropped).append(" more\n");
    }
    return text.toString();
  }

  /** Returns if there is no error. */
  public void throwIfAny() throws ConfigException {
    if (!isEmpty()) {
      throw new ConfigException(this);
    }
  }

  @Override
  public String toString() {
    return text();
  }
}
