package io.weft.filter;

/**
 * A user's HTTP filter, found on the class path by {@link java.util.ServiceLoader} and named in a
 * configuration by {@link #name}. One instance a process.
 *
 * <p>Its settings in YAML become a record: a component {@code maxBytes} is the key {@code
 * max_bytes} or {@code maxBytes}; strings, numbers, booleans, durations ({@code 5s}), enums, lists
 * and other records are understood; a key without a component is an error at load. What the
 * record's compact constructor refuses is reported with the place in the file.
 *
 * @param <C> the settings; a record without components for none
 */
public interface HttpFilterProvider<C extends Record> {
  /** The name by which a configuration asks for the filter. */
  String name();

  /** The record of its settings. */
  Class<C> config();

  /** Makes a filter, shared by all streams of a chain. Called at load, on the main thread. */
  HttpFilter create(C config);
}
