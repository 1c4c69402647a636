package io.weft.extension;

import io.weft.filter.NetworkFilter;
import io.weft.schema.Message;

/** Makes one kind of network filter that serves the connection: the last of its chain. */
public interface TerminalFilterFactory {
  /** The full name of the message that configures it. */
  String type();

  /** Makes the end of a chain, to be shared by all connections. */
  NetworkFilter.Next create(String name, Message config, FactoryScope scope);
}
