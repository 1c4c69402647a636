package io.weft.filter.http.dynamicforwardproxy;

import io.weft.dns.DnsCache;
import io.weft.extension.FactoryScope;
import io.weft.extension.HttpFilterFactory;
import io.weft.filter.HttpFilter;
import io.weft.schema.Message;

/** Makes {@code envoy.filters.http.dynamic_forward_proxy}. */
public final class DynamicForwardProxyFactory implements HttpFilterFactory {
  private static final String PACKAGE = "envoy.extensions.filters.http.dynamic_forward_proxy.v3.";

  @Override
  public String type() {
    return PACKAGE + "FilterConfig";
  }

  @Override
  public String routeType() {
    return PACKAGE + "PerRouteConfig";
  }

  @Override
  public HttpFilter create(String name, Message config, FactoryScope scope) {
    DnsCache cache = scope.dnsCaches().cache(config, scope.problems());
    return cache == null
        ? (request, stream, next) -> next.proceed(request, stream) // never runs: reported
        : new DynamicForwardProxyFilter(name, cache, scope.clusters());
  }

  @Override
  public Object routeConfig(Message config, FactoryScope scope) {
    return new HostRewrite(
        config.string("host_rewrite_literal"), config.string("host_rewrite_header"));
  }
}
