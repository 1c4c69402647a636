/**
 * TLS for channels: contexts made of configuration, the handshake, records, what is known of the
 * peer. Two engines behind {@code SSLEngine}: BoringSSL (the only place that knows netty) and the
 * JDK's. Over {@code net}; it knows no filter, listener or cluster. Contexts are made by the main
 * thread and by the watch for changed files; a connection's part is confined to its carrier.
 */
@NullMarked
package io.weft.tls;

import org.jspecify.annotations.NullMarked;
