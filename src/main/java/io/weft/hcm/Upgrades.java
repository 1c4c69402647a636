package io.weft.hcm;

import io.weft.filter.HttpFilter;
import io.weft.route.Route;
import io.weft.stream.RouteView;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which upgrades a connection manager allows, and what their streams pass. Shared. */
final class Upgrades {
  /**
   * @param chain null for the same as all streams
   */
  private record Allowed(boolean byDefault, HttpFilter.@Nullable Next chain) {}

  private final Map<String, Allowed> byType = new HashMap<>();
  private final HttpFilter.Next usual;

  Upgrades(Map<String, HcmConfig.Upgrade> config, HttpFilter.Next usual) {
    this.usual = usual;
    config.forEach((type, upgrade) -> {
      var chain = upgrade.chain();
      var folded = chain == null ? null : HttpFilterChain.fold(chain.filters(), chain.router());
      byType.put(type, new Allowed(upgrade.enabled(), folded));
    });
  }

  /**
   * The filters for a request that asks for {@code type}; null if it is not allowed. What the route
   * says goes before what the connection manager says.
   */
  HttpFilter.@Nullable Next chain(String type, RouteView route) {
    String key = type.toLowerCase(Locale.ROOT);
    Boolean ofRoute = route instanceof Route.Forward forward ? forward.allowsUpgrade(key) : null;
    Allowed allowed = byType.get(key);
    if (ofRoute == null ? allowed == null || !allowed.byDefault : !ofRoute) {
      return null;
    }
    HttpFilter.Next chain = allowed == null ? null : allowed.chain;
    return chain == null ? usual : chain;
  }
}
