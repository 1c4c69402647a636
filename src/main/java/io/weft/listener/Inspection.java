package io.weft.listener;

import io.weft.tls.TlsInspector;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a listener looks at a connection before it chooses a filter chain.
 *
 * @param timeout how long it waits for enough to look at, null for ever
 * @param continueOnTimeout whether the connection goes on then, else it is closed
 */
public record Inspection(
    TlsInspector inspector, @Nullable Duration timeout, boolean continueOnTimeout) {}
