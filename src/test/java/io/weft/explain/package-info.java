@NullMarked
package io.weft.explain;

import org.jspecify.annotations.NullMarked;
