package io.weft.route;

import io.weft.format.Facts;
import io.weft.http.Grpc;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.mutation.Mutations;
import io.weft.stream.RouteView;
import io.weft.stream.RoutingFacts;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is done with a request. Immutable and shared. */
public sealed interface Route extends RouteView {
  /** No virtual host or no route matched. */
  Route NONE = new None();

  /** Nothing matched: 404. */
  final class None implements Route {
    private None() {}

    @Override
    public String name() {
      return "";
    }

    @Override
    public String virtualHostName() {
      return "";
    }

    @Override
    public String clusterName() {
      return "";
    }

    @Override
    public @Nullable Object filterConfig(String filterName) {
      return null;
    }
  }

  /** What routes that answer have in common. */
  abstract sealed class Matched implements Route {
    private final RouteScope scope;

    private Matched(RouteScope scope) {
      this.scope = scope;
    }

    @Override
    public final String name() {
      return scope.name();
    }

    @Override
    public final String virtualHostName() {
      return scope.host().name();
    }

    @Override
    public final @Nullable Object filterConfig(String filterName) {
      return scope.overrides().config(filterName);
    }

    @Override
    public final List<Object> filterConfigs(String filterName) {
      return scope.overrides().configs(filterName);
    }

    @Override
    public final boolean isFilterEnabled(String filterName, boolean byDefault) {
      return scope.overrides().isEnabled(filterName, byDefault);
    }

    /** The changes of headers of all levels, in order. */
    public final Mutations headers() {
      return scope.headers();
    }

    /** What the virtual host says for all its routes. */
    public final VirtualHostOptions host() {
      return scope.host().options();
    }

    /** What the route table says for all virtual hosts. */
    public final TableOptions table() {
      return scope.host().table();
    }

    /** Under which name the route is counted by itself; empty if it is not. */
    public final String statPrefix() {
      return scope.statPrefix();
    }

    /** How the path was looked at. */
    public final PathMatch pathMatch() {
      return scope.match();
    }

    /** The name of the kind of requests that this one is counted with; empty if there is none. */
    public final String virtualCluster(Request request) {
      List<VirtualHostOptions.VirtualCluster> all = host().virtualClusters();
      for (int i = 0; i < all.size(); i++) {
        if (fits(all.get(i), request)) {
          return all.get(i).name();
        }
      }
      return all.isEmpty() ? "" : "other";
    }

    private static boolean fits(VirtualHostOptions.VirtualCluster kind, Request request) {
      for (HeaderMatch header : kind.headers()) {
        if (!header.matches(request)) {
          return false;
        }
      }
      return true;
    }

    RouteScope scope() {
      return scope;
    }

    /** Whether the request has a say in what the route does. */
    boolean asksRequest() {
      return false;
    }

    /** This route for one request: itself, unless the request has a say. */
    Route of(Request request, RoutingFacts facts) {
      return this;
    }
  }

  /** Forward to a cluster. */
  final class Forward extends Matched {
    /** Envoy's default of {@code per_connection_buffer_limit_bytes}, which holds here, too. */
    private static final long DEFAULT_REQUEST_BUFFER = 1 << 20;

    private final String cluster;
    private final @Nullable RequestField clusterHeader;
    private final int clusterNotFoundStatus;
    private final long timeoutNanos;
    private final long idleTimeoutNanos;
    private final GrpcTimeouts streamLimits;
    private final Map<String, ActionConfig.Upgrade> upgrades;
    private final ForwardOptions options;
    private final Rewrite rewrite;
    private final Forward[] shares;
    private final TimeLimits limits;
    private final List<MirrorPolicy> mirrors;

    Forward(RouteScope scope, ActionConfig.Forward config) {
      super(scope);
      this.cluster = config.cluster();
      this.clusterHeader =
          config.clusterHeader().isEmpty() ? null : RequestField.of(config.clusterHeader());
      this.clusterNotFoundStatus = config.clusterNotFoundStatus();
      this.timeoutNanos = nanos(config.timeout());
      Duration idle = config.idleTimeout();
      this.idleTimeoutNanos = idle == null ? -1 : nanos(idle);
      this.streamLimits = new GrpcTimeouts(config.limits());
      this.upgrades = config.upgrades();
      this.options = config.options();
      this.rewrite = options.rewrite();
      this.limits = TimeLimits.of(timeoutNanos, retry());
      this.mirrors = firstSaid(options.mirrors(), host().mirrors(), table().mirrors());
      WeightedClusters weighted = options.weighted();
      List<WeightedClusters.Share> split = weighted == null ? List.of() : weighted.shares();
      this.shares = new Forward[split.size()];
      for (int i = 0; i < shares.length; i++) {
        WeightedClusters.Share share = split.get(i);
        shares[i] =
            new Forward(
                this,
                scope.with(
                    scope.overrides().with(share.filters()),
                    scope.host().below(scope.headers(), share.headers())),
                share.cluster(),
                share.clusterHeader().isEmpty() ? null : RequestField.of(share.clusterHeader()),
                share.host().isEmpty() ? rewrite : rewrite.withHost(share.host()));
      }
    }

    private Forward(
        Forward from,
        RouteScope scope,
        String cluster,
        @Nullable RequestField header,
        Rewrite rewrite) {
      super(scope);
      this.cluster = cluster;
      this.clusterHeader = header;
      this.clusterNotFoundStatus = from.clusterNotFoundStatus;
      this.timeoutNanos = from.timeoutNanos;
      this.idleTimeoutNanos = from.idleTimeoutNanos;
      this.streamLimits = from.streamLimits;
      this.upgrades = from.upgrades;
      this.options = from.options;
      this.rewrite = rewrite;
      this.shares = new Forward[0];
      this.limits = from.limits;
      this.mirrors = from.mirrors;
    }

    private static List<MirrorPolicy> firstSaid(
        List<MirrorPolicy> route, List<MirrorPolicy> host, List<MirrorPolicy> table) {
      return !route.isEmpty() ? route : !host.isEmpty() ? host : table;
    }

    static long nanos(Duration duration) {
      // as much as a long holds, 292 years, for a longer one
      return duration.toSeconds() > Long.MAX_VALUE / 1_000_000_000L - 1
          ? Long.MAX_VALUE
          : duration.toNanos();
    }

    /** The cluster's name; "" if the header that should name it is missing. */
    @Override
    public String clusterName() {
      return cluster;
    }

    /** The status to answer with when there is no cluster of that name. */
    public int clusterNotFoundStatus() {
      return clusterNotFoundStatus;
    }

    /** From the whole request received to the whole response; 0 for no limit. */
    public long timeoutNanos() {
      return timeoutNanos;
    }

    /** As {@link #timeoutNanos()} for a request with these headers. */
    public long timeoutNanos(Headers request) {
      return heedsGrpcTimeout() && Grpc.isCall(request)
          ? streamLimits.timeout(request)
          : timeoutNanos;
    }

    /** Whether {@code grpc-timeout} is the timeout of gRPC calls. */
    boolean heedsGrpcTimeout() {
      return streamLimits.heedsTimeout();
    }

    /** How long a stream with these headers may last: 0 for ever, -1 if the route does not say. */
    public long maxStreamNanos(Headers request) {
      return streamLimits.maxStream(request);
    }

    /** How long nothing may move on the stream: 0 for no limit, -1 if the route does not say. */
    public long idleTimeoutNanos() {
      return idleTimeoutNanos;
    }

    /** Whether the route allows the upgrade, by its type in lower case; null if it does not say. */
    public @Nullable Boolean allowsUpgrade(String type) {
      var upgrade = upgrades.get(type);
      return upgrade == null ? null : upgrade.enabled();
    }

    /** Whether the tunnel of a CONNECT leads to the endpoint itself, past HTTP. */
    public boolean terminatesConnect() {
      var upgrade = upgrades.get("connect");
      return upgrade != null && upgrade.terminated();
    }

    /** How the request is forwarded. */
    public ForwardOptions options() {
      return options;
    }

    /** How long a request may take, where its headers do not say otherwise. */
    public TimeLimits limits() {
      return limits;
    }

    /** What becomes of host and path. */
    public Rewrite rewrite() {
      return rewrite;
    }

    /** Where copies of the requests go, by the most specific level that says so. */
    public List<MirrorPolicy> mirrors() {
      return mirrors;
    }

    /** How much of a request body is kept, for another try or for a copy that is slower. */
    public long requestBufferLimit() {
      long own = options.requestBufferLimit();
      long limit = own >= 0 ? own : host().requestBufferLimit();
      return limit >= 0 ? limit : DEFAULT_REQUEST_BUFFER;
    }

    /** Whether route or virtual host say how much of a request body is kept. */
    public boolean isRequestBufferLimited() {
      return options.requestBufferLimit() >= 0 || host().requestBufferLimit() >= 0;
    }

    /** Whether a try that takes too long goes on beside the next one. */
    public boolean hedges() {
      Boolean own = options.hedges();
      return own == null ? host().hedges() : own;
    }

    /** How failures are retried, by the route or else its virtual host; null for not at all. */
    public @Nullable RetryPolicy retry() {
      return options.retry() == null ? host().retry() : options.retry();
    }

    /**
     * The request as it goes upstream: headers changed, host and path rewritten.
     *
     * @param originals whether what is rewritten is kept in {@code x-envoy-original-} headers
     */
    public Request finish(Request request, Facts facts, boolean originals) {
      Request changed = headers().isEmpty() ? request : headers().apply(request, facts);
      return rewrite.changesHost() || rewrite.changesPath()
          ? rewrite.apply(changed, pathMatch(), originals)
          : changed;
    }

    @Override
    boolean asksRequest() {
      return clusterHeader != null || shares.length > 0;
    }

    @Override
    Route of(Request request, RoutingFacts facts) {
      if (shares.length > 0) {
        return draw(request, facts).of(request, facts);
      }
      RequestField header = clusterHeader;
      if (header == null) {
        return this;
      }
      String named = header.value(request);
      return new Forward(this, scope(), named == null ? "" : named, null, rewrite);
    }

    /** The variant of this route for the cluster that the lot falls to. */
    private Forward draw(Request request, RoutingFacts facts) {
      WeightedClusters weighted = Objects.requireNonNull(options.weighted());
      long[] weights = new long[shares.length];
      long total = 0;
      for (int i = 0; i < weights.length; i++) {
        weights[i] = weight(weighted, i, facts);
        total += weights[i];
      }
      if (total <= 0) {
        return shares[0]; // the runtime has set all of them to 0
      }
      long lot = Long.remainderUnsigned(lot(weighted, request, facts), total);
      int drawn = 0;
      while (lot >= weights[drawn]) {
        lot -= weights[drawn++];
      }
      return shares[drawn];
    }

    private static long weight(WeightedClusters weighted, int index, RoutingFacts facts) {
      WeightedClusters.Share share = weighted.shares().get(index);
      if (weighted.runtimePrefix().isEmpty()) {
        return share.weight();
      }
      return facts
          .runtime()
          .integer(weighted.runtimePrefix() + "." + share.cluster(), share.weight());
    }

    private static long lot(WeightedClusters weighted, Request request, RoutingFacts facts) {
      HeaderName header = weighted.lotHeader();
      String written = header == null ? null : request.headers().first(header);
      if (written != null) {
        try {
          return Long.parseUnsignedLong(written);
        } catch (NumberFormatException e) {
          return facts.random();
        }
      }
      return facts.random();
    }
  }

  /** Send the client elsewhere. */
  final class Redirect extends Matched {
    private final ActionConfig.Redirect config;

    Redirect(RouteScope scope, ActionConfig.Redirect config) {
      super(scope);
      this.config = config;
    }

    /** The status to answer with. */
    public int status() {
      return config.status();
    }

    /** The absolute URI that the client is sent to. */
    public String location(Request request) {
      String forwarded = request.headers().first(HeaderName.X_FORWARDED_PROTO);
      String now = forwarded == null ? request.scheme() : forwarded;
      String scheme = config.scheme().isEmpty() ? now : config.scheme();
      String host = config.host().isEmpty() ? host(request, scheme, now) : config.host();
      String port = config.port() == 0 ? "" : ":" + config.port();
      return scheme + "://" + host + port + path(request.path());
    }

    private String path(String path) {
      String changed = config.path();
      if (!changed.isEmpty()) {
        int query = path.indexOf('?');
        boolean keeps = query >= 0 && !config.stripQuery() && changed.indexOf('?') < 0;
        return keeps ? changed + path.substring(query) : changed;
      }
      String rewritten = config.rewrite().path(path, pathMatch());
      int query = config.stripQuery() ? rewritten.indexOf('?') : -1;
      return query < 0 ? rewritten : rewritten.substring(0, query);
    }

    /** The host of the request, without a port that would be wrong behind the redirect. */
    private String host(Request request, String scheme, String now) {
      String host = request.authority();
      int colon = host.lastIndexOf(':');
      if (colon < 0 || host.lastIndexOf(']') > colon) {
        return host;
      }
      String port = host.substring(colon + 1);
      boolean drop = config.port() != 0;
      if (!scheme.equals(now)) {
        drop |=
            now.equals("https") && port.equals("443") || now.equals("http") && port.equals("80");
      }
      return drop ? host.substring(0, colon) : host;
    }

    @Override
    public String clusterName() {
      return "";
    }
  }

  /** Answer from here. */
  final class DirectResponse extends Matched {
    private final int status;
    private final byte[] body;

    DirectResponse(RouteScope scope, ActionConfig.DirectResponse config) {
      super(scope);
      this.status = config.status();
      this.body = config.body().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The status to answer with. */
    public int status() {
      return status;
    }

    /** The body to answer with, shared: not to be changed. */
    public byte[] body() {
      return body;
    }

    @Override
    public String clusterName() {
      return "";
    }
  }
}
