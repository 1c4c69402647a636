package io.weft.route;

import org.jspecify.annotations.Nullable;

/**
 * What a route, virtual host or route table says about one HTTP filter.
 *
 * @param config what the filter's factory made of its settings; null if only {@code disabled} is
 *     said
 * @param disabled whether the filter is skipped
 */
public record FilterOverride(@Nullable Object config, boolean disabled) {}
