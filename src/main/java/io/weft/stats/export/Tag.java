package io.weft.stats.export;

/** A label of a statistic, such as {@code envoy.cluster_name} with {@code web}. */
public record Tag(String name, String value) {}
