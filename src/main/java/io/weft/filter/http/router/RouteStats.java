package io.weft.filter.http.router;

import io.weft.http.Request;
import io.weft.route.Route;
import io.weft.stats.Scope;
import io.weft.stats.Stats;
import io.weft.stream.StreamInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The statistics of routes with a {@code stat_prefix} and of virtual clusters, made when the first
 * request comes. Shared.
 */
final class RouteStats {
  private record Key(String host, String route, String kind) {}

  private final Stats stats;
  private final ConcurrentHashMap<Key, RequestStats> made = new ConcurrentHashMap<>();

  RouteStats(Stats stats) {
    this.stats = stats;
  }

  /** Where the request is counted besides its cluster; {@code stream} is told of it. */
  RequestStats of(Route.Matched route, Request request, StreamInfo stream) {
    String kind = route.virtualCluster(request);
    if (!kind.isEmpty()) {
      stream.virtualCluster(kind);
    }
    if (kind.isEmpty() && route.statPrefix().isEmpty()) {
      return RequestStats.NONE;
    }
    var key = new Key(route.virtualHostName(), route.statPrefix(), kind);
    RequestStats found = made.get(key);
    return found == null ? made.computeIfAbsent(key, this::make) : found;
  }

  private RequestStats make(Key key) {
    Scope host = stats.scope("vhost").scope(key.host);
    List<Scope> scopes = new ArrayList<>();
    if (!key.kind.isEmpty()) {
      scopes.add(host.scope("vcluster").scope(key.kind));
    }
    if (!key.route.isEmpty()) {
      scopes.add(host.scope("route").scope(key.route));
    }
    return RequestStats.in(scopes);
  }
}
