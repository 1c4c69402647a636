/** The root of Weft, a service proxy for layers 4 and 7. */
@NullMarked
package io.weft;

import org.jspecify.annotations.NullMarked;
