package io.weft.filter.http.dynamicforwardproxy;

import io.weft.cluster.Cluster;
import io.weft.cluster.Clusters;
import io.weft.codec.ServerStream;
import io.weft.dns.DnsCache;
import io.weft.dns.DnsHost;
import io.weft.filter.HttpFilter;
import io.weft.format.ResponseFlag;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.route.Route;
import io.weft.stream.Detail;
import io.weft.stream.DownstreamException;
import io.weft.stream.StreamInfo;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Has the host of a request looked up and says that the stream goes there, where the route leads to
 * a cluster of a dynamic forward proxy. The first request for a name waits for its lookup; those
 * behind it find it in the cache.
 */
record DynamicForwardProxyFilter(String name, DnsCache cache, Supplier<Clusters> clusters)
    implements HttpFilter {

  @Override
  public Response filter(Request received, StreamInfo stream, Next next) throws IOException {
    Cluster cluster =
        stream.route() instanceof Route.Forward forward
            ? clusters.get().find(forward.clusterName())
            : null;
    if (cluster == null || !cache.serves(cluster)) {
      return next.proceed(received, stream); // other clusters know their members themselves
    }
    Request request =
        stream.route().filterConfig(name) instanceof HostRewrite rewrite
            ? rewrite.apply(received)
            : received;
    if (request.authority().isEmpty()) {
      return stream.localReply(400, Detail.EMPTY_HOST_HEADER, "Empty host header");
    }
    Target target = Target.of(request.authority(), cluster.config().tls() == null ? 80 : 443);
    if (target == null) {
      return failed(stream, "not_a_host_name");
    }
    DnsHost host = cache.load(target.host(), target.port());
    if (host == null) {
      return stream.localReply(503, Detail.DNS_CACHE_OVERFLOW, "DNS cache overflow");
    }
    if (!host.isResolved()) {
      if (!cache.tryWait()) {
        return stream.localReply(
            503, Detail.DNS_PENDING_OVERFLOW, "Dynamic forward proxy pending request overflow");
      }
      await(host, stream);
    }
    if (host.address() == null) {
      return failed(stream, host.failure());
    }
    stream.wantedHost(host.key());
    return next.proceed(request, stream);
  }

  private static Response failed(StreamInfo stream, String why) {
    stream.flag(ResponseFlag.DNS_RESOLUTION_FAILED);
    return stream.localReply(503, "dns_resolution_failure{" + why + "}", "DNS resolution failure");
  }

  /**
   * Waits for the first lookup, which ends in the cache's time; the stream's thread parks.
   *
   * @throws DownstreamException if the client goes meanwhile
   */
  private void await(DnsHost host, StreamInfo stream) throws DownstreamException {
    Thread me = Thread.currentThread();
    ServerStream client = stream.exchange();
    if (client != null) {
      client.onCancel(() -> LockSupport.unpark(me));
    }
    host.wake(me);
    try {
      while (!host.isResolved()) {
        if (client != null && client.isCanceled()) {
          throw new DownstreamException("the client is gone");
        }
        LockSupport.park(host);
      }
    } finally {
      host.forget(me);
      cache.endWait();
      if (client != null) {
        client.onCancel(null);
      }
    }
  }
}
