/**
 * How filters come to be: factories that read their own part of a configuration, and what they may
 * use for it. Called on the main thread while a configuration is loaded, never by running streams.
 */
@NullMarked
package io.weft.extension;

import org.jspecify.annotations.NullMarked;
