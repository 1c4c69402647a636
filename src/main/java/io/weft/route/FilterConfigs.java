package io.weft.route;

import io.weft.schema.Message;
import io.weft.schema.Problems;
import org.jspecify.annotations.Nullable;

/** Turns what a route says about an HTTP filter into what that filter wants to see. */
@FunctionalInterface
public interface FilterConfigs {
  /** For tables without filters: everything is refused. */
  FilterConfigs NONE =
      (filterName, config, problems) -> {
        problems.error(config.place(), "no filter named '" + filterName + "' takes settings here");
        return null;
      };

  /**
   * The settings as the filter's factory reads them.
   *
   * @param filterName the name of the filter in the chain
   * @param config the filter's per-route message
   * @return null if it was refused, which is then in {@code problems}
   */
  @Nullable Object read(String filterName, Message config, Problems problems);
}
