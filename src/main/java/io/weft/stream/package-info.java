/**
 * What is known of a running stream, the details of its endings, and the three roots of failure:
 * upstream, downstream, filter. Published for filter authors.
 *
 * <p>Entered by the thread of the stream only.
 */
@NullMarked
package io.weft.stream;

import org.jspecify.annotations.NullMarked;
