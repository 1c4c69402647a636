/**
 * Counters, gauges, histograms and text readouts with Envoy's names, and the registry that finds
 * them.
 *
 * <p>It touches the JDK and {@code io.weft.carrier} only. Any thread may enter: a carrier writes
 * cells of its own with plain stores, every other thread shares one atomic set of cells, and a
 * reader sums them without stopping anybody. Finding a statistic by its name is for set-up code;
 * the data path keeps the object.
 */
@NullMarked
package io.weft.stats;

import org.jspecify.annotations.NullMarked;
