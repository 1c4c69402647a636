@NullMarked
package io.weft.codec.h2;

import org.jspecify.annotations.NullMarked;
