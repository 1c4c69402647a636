/**
 * The admin server: Envoy's endpoints, and a second server that shows readiness and metrics alone.
 *
 * <p>It reads snapshots through {@link io.weft.admin.AdminSources} and writes runtime overrides,
 * health, drain, log levels and counter resets. Its threads are ordinary virtual threads of the
 * JDK's scheduler, never carriers.
 */
@NullMarked
package io.weft.admin;

import org.jspecify.annotations.NullMarked;
