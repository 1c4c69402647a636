package io.weft.filter.network.tcpproxy;

import io.weft.extension.FactoryScope;
import io.weft.extension.TerminalFilterFactory;
import io.weft.filter.NetworkFilter;
import io.weft.schema.Message;

/** Makes {@link TcpProxy}s from their v3 message. */
public final class TcpProxyFactory implements TerminalFilterFactory {
  @Override
  public String type() {
    return "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
  }

  @Override
  public NetworkFilter.Next create(String name, Message message, FactoryScope scope) {
    var config = TcpProxyConfig.read(message, scope.problems());
    if (!scope.namesCluster(config.cluster())) {
      scope
          .problems()
          .error(
              message.place("cluster"),
              "\"" + config.cluster() + "\" (expected: the name of a cluster)");
    }
    return new TcpProxy(
        config,
        new TcpProxyStats(scope.stats(), config.statPrefix()),
        scope.clusters(),
        scope.accessLogs(message.messages("access_log")));
  }
}
