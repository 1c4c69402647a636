package io.weft.route;

import java.util.List;
import java.util.Set;

/**
 * Which redirects that hosts answer with are followed here and not by the client. Immutable.
 *
 * @param statuses of the answers that are looked at
 * @param most how many redirects of one request are followed
 * @param crossScheme whether the target may have another scheme than the request
 * @param predicates what the route of the target must fulfil, all of them
 */
public record RedirectPolicy(
    Set<Integer> statuses, int most, boolean crossScheme, List<Predicate> predicates) {
  /** What the route of a target must fulfil. */
  public sealed interface Predicate {}

  /** No redirect of this request has led from here to that route before. */
  public record NotTaken() implements Predicate {}

  /** It has one of these names. */
  public record Named(Set<String> routes) implements Predicate {
    public Named {
      routes = Set.copyOf(routes);
    }
  }

  /**
   * It is not reached by TLS where the client came in clear text, which others may have changed.
   */
  public record SafeScheme() implements Predicate {}

  public RedirectPolicy {
    statuses = Set.copyOf(statuses);
    predicates = List.copyOf(predicates);
  }
}
