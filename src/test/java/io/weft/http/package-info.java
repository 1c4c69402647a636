@NullMarked
package io.weft.http;

import org.jspecify.annotations.NullMarked;
