package io.weft.filter;

/**
 * A user's network filter, found on the class path by {@link java.util.ServiceLoader} and named in
 * a configuration by {@link #name}. One instance a process. Settings as for {@link
 * HttpFilterProvider}.
 *
 * @param <C> the settings; a record without components for none
 */
public interface NetworkFilterProvider<C extends Record> {
  /** The name by which a configuration asks for the filter. */
  String name();

  /** The record of its settings. */
  Class<C> config();

  /**
   * Whether the filter serves connections itself and never calls {@code proceed}: it is then the
   * last of its chain, as {@code tcp_proxy} is.
   */
  default boolean isTerminal() {
    return false;
  }

  /** Makes a filter, shared by all connections of a chain. Called at load, on the main thread. */
  NetworkFilter create(C config);
}
