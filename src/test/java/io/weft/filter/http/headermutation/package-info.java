@NullMarked
package io.weft.filter.http.headermutation;

import org.jspecify.annotations.NullMarked;
