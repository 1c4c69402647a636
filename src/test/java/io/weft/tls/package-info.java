@NullMarked
package io.weft.tls;

import org.jspecify.annotations.NullMarked;
