package io.weft.extension;

import io.weft.filter.HttpFilter;
import io.weft.filter.HttpFilterProvider;
import io.weft.filter.NetworkFilter;
import io.weft.filter.NetworkFilterProvider;
import io.weft.schema.Message;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The filters that users bring on the class path, by name. Found once, at start. */
public final class UserFilters {
  private static final String STRUCT = "google.protobuf.Struct";

  private final Map<String, HttpFilterProvider<?>> http = new TreeMap<>();
  private final Map<String, NetworkFilterProvider<?>> network = new TreeMap<>();

  /** Those that the class loader finds. */
  public static UserFilters load(ClassLoader loader) {
    var found = new UserFilters();
    for (HttpFilterProvider<?> provider : ServiceLoader.load(HttpFilterProvider.class, loader)) {
      found.add(provider);
    }
    for (NetworkFilterProvider<?> provider :
        ServiceLoader.load(NetworkFilterProvider.class, loader)) {
      found.add(provider);
    }
    return found;
  }

  /** Adds a filter; for tests, and for programs that embed Weft. */
  public void add(HttpFilterProvider<?> provider) {
    if (http.putIfAbsent(provider.name(), provider) != null) {
      throw new IllegalArgumentException("two HTTP filters named '" + provider.name() + "'");
    }
  }

  /** Adds a filter; for tests, and for programs that embed Weft. */
  public void add(NetworkFilterProvider<?> provider) {
    if (network.putIfAbsent(provider.name(), provider) != null) {
      throw new IllegalArgumentException("two network filters named '" + provider.name() + "'");
    }
  }

  public Set<String> httpNames() {
    return http.keySet();
  }

  public Set<String> networkNames() {
    return network.keySet();
  }

  /** Names of those that end a chain. */
  public Set<String> terminalNames() {
    Set<String> names = new TreeSet<>();
    network.forEach((name, provider) -> {
      if (provider.isTerminal()) {
        names.add(name);
      }
    });
    return names;
  }

  /** The factory of the filter of that name, or null. */
  public @Nullable HttpFilterFactory http(String name) {
    HttpFilterProvider<?> provider = http.get(name);
    return provider == null ? null : new Http(provider);
  }

  /** The factory of the filter of that name, or null. */
  public @Nullable NetworkFilterFactory network(String name) {
    NetworkFilterProvider<?> provider = network.get(name);
    return provider == null ? null : new Network(provider);
  }

  private record Http(HttpFilterProvider<?> provider) implements HttpFilterFactory {
    @Override
    public String type() {
      return STRUCT;
    }

    @Override
    public HttpFilter create(String name, Message config, FactoryScope scope) {
      return make(provider, config, scope);
    }

    private static <C extends Record> HttpFilter make(
        HttpFilterProvider<C> provider, Message config, FactoryScope scope) {
      C settings = settings(provider.config(), config, scope);
      return settings == null
          ? (request, stream, next) -> next.proceed(request, stream)
          : provider.create(settings);
    }

    @Override
    public boolean isUsers() {
      return true;
    }
  }

  private record Network(NetworkFilterProvider<?> provider) implements NetworkFilterFactory {
    @Override
    public String type() {
      return STRUCT;
    }

    @Override
    public NetworkFilter create(String name, Message config, FactoryScope scope) {
      return make(provider, config, scope);
    }

    @Override
    public boolean isUsers() {
      return true;
    }

    @Override
    public boolean isTerminal() {
      return provider.isTerminal();
    }

    private static <C extends Record> NetworkFilter make(
        NetworkFilterProvider<C> provider, Message config, FactoryScope scope) {
      C settings = settings(provider.config(), config, scope);
      return settings == null
          ? (connection, next) -> next.proceed(connection)
          : provider.create(settings);
    }
  }

  /** Null if they were refused, which is then in the problems: the configuration does not load. */
  private static <C extends Record> @Nullable C settings(
      Class<C> type, Message config, FactoryScope scope) {
    try {
      return RecordSettings.read(type, config.struct("value"));
    } catch (IllegalArgumentException e) {
      scope.problems().error(config.place(), String.valueOf(e.getMessage()));
      return null;
    }
  }
}
