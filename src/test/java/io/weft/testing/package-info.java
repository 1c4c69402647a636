/** What tests of several packages share. */
@NullMarked
package io.weft.testing;

import org.jspecify.annotations.NullMarked;
