package io.weft.server;

import io.weft.extension.Extensions;
import io.weft.extension.UserFilters;
import io.weft.filter.http.buffer.BufferFactory;
import io.weft.filter.http.dynamicforwardproxy.DynamicForwardProxyFactory;
import io.weft.filter.http.grpcstats.GrpcStatsFactory;
import io.weft.filter.http.headermutation.HeaderMutationFactory;
import io.weft.filter.network.directresponse.DirectResponseFactory;
import io.weft.filter.network.echo.EchoFactory;
import io.weft.filter.network.tcpproxy.TcpProxyFactory;
import io.weft.hcm.HcmReader;
import java.util.List;

/** Everything that ships with Weft and can be named in a configuration: a list, not a scan. */
final class BuiltIn {
  private BuiltIn() {}

  static Extensions extensions(UserFilters users) {
    return new Extensions(
        List.of(
            new BufferFactory(),
            new HeaderMutationFactory(),
            new DynamicForwardProxyFactory(),
            new GrpcStatsFactory()),
        List.of(),
        List.of(
            new HcmReader(), new TcpProxyFactory(), new EchoFactory(), new DirectResponseFactory()),
        users);
  }
}
