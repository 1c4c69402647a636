package io.weft.route;

import io.weft.http.HeaderName;
import org.jspecify.annotations.Nullable;

/**
 * Where a copy of a request goes, whose answer nobody sees. Immutable.
 *
 * @param cluster its name; empty if a header names it
 * @param clusterHeader the request header that names it; null if {@code cluster} does
 * @param share of the requests that are copied; null for all
 * @param shadowHost whether the copy's host gets {@code -shadow} behind its name
 */
public record MirrorPolicy(
    String cluster,
    @Nullable HeaderName clusterHeader,
    Conditions.@Nullable Share share,
    boolean shadowHost) {}
