/**
 * What a filter is: a function around the rest of its chain. Interfaces only; published for filter
 * authors together with {@code http} and {@code stream}.
 */
@NullMarked
package io.weft.filter;

import org.jspecify.annotations.NullMarked;
