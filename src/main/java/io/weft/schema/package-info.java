/**
 * The schema table of Envoy's v3 configuration, the reader that turns YAML and JSON into a tree of
 * checked values with places, and the diagnostics of configuration. May touch the JDK and
 * snakeyaml-engine only; entered from the main thread while a configuration is loaded, never from a
 * carrier.
 */
@NullMarked
package io.weft.schema;

import org.jspecify.annotations.NullMarked;
