@NullMarked
package io.weft.filter.http.buffer;

import org.jspecify.annotations.NullMarked;
