@NullMarked
package io.weft.accesslog;

import org.jspecify.annotations.NullMarked;
