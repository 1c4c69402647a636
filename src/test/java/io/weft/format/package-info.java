@NullMarked
package io.weft.format;

import org.jspecify.annotations.NullMarked;
