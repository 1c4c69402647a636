@NullMarked
package io.weft.carrier;

import org.jspecify.annotations.NullMarked;
