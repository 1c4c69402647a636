package io.weft.route;

import org.jspecify.annotations.Nullable;

/**
 * To which cluster requests go a second time, as copies whose answers nobody waits for. Immutable.
 *
 * @param cluster its name; empty if a header names it
 * @param clusterHeader the request header that names it; null if {@code cluster} does
 * @param share of the requests that are copied; null for all
 * @param suffix whether the host of a copy gets {@code -shadow} appended
 */
public record MirrorPolicy(
    String cluster,
    @Nullable RequestField clusterHeader,
    Conditions.@Nullable Share share,
    boolean suffix) {}
