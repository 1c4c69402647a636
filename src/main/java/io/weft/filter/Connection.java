package io.weft.filter;

import io.weft.stream.StreamInfo;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A downstream connection as network filters see it. Confined to its carrier; immutable but for its
 * life: wrapping gives another view of the same connection.
 */
public interface Connection extends StreamInfo.ConnectionFacts {
  /** What the client sends. */
  Source source();

  /** What the client gets. */
  Sink sink();

  /** The connection with its source wrapped. */
  Connection withSource(UnaryOperator<Source> wrap);

  /** The connection with its sink wrapped. */
  Connection withSink(UnaryOperator<Sink> wrap);

  /**
   * Tells {@code watcher} of what happens to the connection, on its carrier, where nothing may
   * block. {@link Event#CONNECTED} has happened already when the first filter runs.
   */
  void onEvent(Consumer<Event> watcher);

  /**
   * Sets what other filters, and the streams of the connection, find under a key (Envoy: filter
   * state), in place of what was there.
   *
   * @param value not changed from now on; its text is what logs, conditions and hashes see
   */
  void setFilterState(String key, Object value);

  /** Closes the connection now; whoever waits on it fails. */
  void close();

  /** What happens to a connection (Envoy: Network::ConnectionEvent). */
  enum Event {
    /** It is open, and what the transport needs first (TLS) is done. */
    CONNECTED,
    /** The client has ended its side; it may still read. */
    HALF_CLOSE,
    /** The client has closed or reset it. */
    REMOTE_CLOSE,
    /** This side has closed it. */
    LOCAL_CLOSE
  }
}
