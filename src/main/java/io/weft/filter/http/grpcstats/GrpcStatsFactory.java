package io.weft.filter.http.grpcstats;

import io.weft.extension.FactoryScope;
import io.weft.extension.HttpFilterFactory;
import io.weft.filter.HttpFilter;
import io.weft.filter.http.grpcstats.GrpcStatsConfig.Name;
import io.weft.schema.Message;
import java.util.HashMap;

/** Makes {@code envoy.filters.http.grpc_stats}. */
public final class GrpcStatsFactory implements HttpFilterFactory {
  @Override
  public String type() {
    return "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig";
  }

  @Override
  public HttpFilter create(String name, Message config, FactoryScope scope) {
    boolean replaceDots = config.bool("replace_dots_in_grpc_service_name");
    var methods = new HashMap<String, Name>();
    Message listed = config.message("individual_method_stats_allowlist");
    if (listed != null) {
      for (Message service : listed.messages("services")) {
        String full = service.string("name");
        for (String method : service.strings("method_names")) {
          methods.put(
              "/" + full + "/" + method,
              new Name(GrpcStatsConfig.service(full, replaceDots), method));
        }
      }
    }
    return new GrpcStatsFilter(
        scope.clusters(),
        new GrpcStatsConfig(
            config.bool("stats_for_all_methods"),
            methods,
            config.bool("enable_upstream_stats"),
            replaceDots));
  }
}
