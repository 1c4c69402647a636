/**
 * Who is next: load balancing algorithms over weights and health.
 *
 * <p>Pure: no I/O, no clock, no statistics, nothing but the JDK. Immutable tables may be shared; a
 * scheduler such as {@link io.weft.cluster.lb.RoundRobin} belongs to one carrier and is used by it
 * alone.
 */
@NullMarked
package io.weft.cluster.lb;

import org.jspecify.annotations.NullMarked;
