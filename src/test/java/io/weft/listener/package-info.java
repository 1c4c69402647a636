@NullMarked
package io.weft.listener;

import org.jspecify.annotations.NullMarked;
