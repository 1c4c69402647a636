/**
 * System calls and raw memory through {@code java.lang.foreign}: the only package that uses
 * restricted methods. Nothing here knows a carrier or a channel. Callable from any thread; each
 * thread, or each carrier, has its own {@link io.weft.sys.Libc}. Touches the JDK only.
 */
@NullMarked
package io.weft.sys;

import org.jspecify.annotations.NullMarked;
