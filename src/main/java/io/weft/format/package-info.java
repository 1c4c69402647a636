/**
 * Compiled formats ({@code %REQ(...)%}): text and JSON lines made of what is known of a stream.
 *
 * <p>A format reads {@link io.weft.format.Facts} and touches nothing else; it knows no filter,
 * route or cluster. Formats are immutable and shared; they are rendered on the thread of the
 * stream.
 */
@NullMarked
package io.weft.format;

import org.jspecify.annotations.NullMarked;
