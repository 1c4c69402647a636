/**
 * Changes of the headers of requests and responses, as routes and filters configure them: immutable
 * lists, applied on the thread of the stream. Touches heads only and never blocks.
 */
@NullMarked
package io.weft.mutation;

import org.jspecify.annotations.NullMarked;
