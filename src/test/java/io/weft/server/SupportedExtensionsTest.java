package io.weft.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.schema.Schema;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * A filter that the list of supported fields names is one that runs, and ends a chain as listed.
 */
final class SupportedExtensionsTest {
  private static final String ROUTER = "envoy.extensions.filters.http.router.v3.Router";

  @Test
  void everyListedFilterHasAFactory() {
    var extensions = Users.load().extensions();
    var filters = new TreeMap<>(Schema.get().extensions());
    filters.keySet().removeIf(name -> !name.startsWith("envoy.filters."));
    filters.remove("envoy.filters.listener.tls_inspector"); // made by the listener itself
    assertThat(filters).hasSizeGreaterThan(5);
    filters.forEach((name, type) -> {
      boolean ends = type.equals(ROUTER) || extensions.terminalFilter(type) != null;
      boolean found =
          ends
              || extensions.httpFilter(name, type) != null
              || extensions.networkFilter(name, type) != null;
      assertThat(found).as(name).isTrue();
      assertThat(Schema.get().isTerminal(type)).as(name + " ends a chain").isEqualTo(ends);
    });
  }
}
