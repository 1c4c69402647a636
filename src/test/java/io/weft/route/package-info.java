@NullMarked
package io.weft.route;

import org.jspecify.annotations.NullMarked;
