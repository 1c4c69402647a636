package io.weft.route;

import io.weft.http.HeaderName;
import io.weft.http.Request;
import io.weft.stream.RouteView;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
    private final String name;
    private final String virtualHostName;
    private final FilterOverrides overrides;

    private Matched(String name, String virtualHostName, FilterOverrides overrides) {
      this.name = name;
      this.virtualHostName = virtualHostName;
      this.overrides = overrides;
    }

    @Override
    public final String name() {
      return name;
    }

    @Override
    public final String virtualHostName() {
      return virtualHostName;
    }

    @Override
    public final @Nullable Object filterConfig(String filterName) {
      return overrides.config(filterName);
    }

    @Override
    public final List<Object> filterConfigs(String filterName) {
      return overrides.configs(filterName);
    }

    @Override
    public final boolean isFilterEnabled(String filterName, boolean byDefault) {
      return overrides.isEnabled(filterName, byDefault);
    }

    FilterOverrides overrides() {
      return overrides;
    }

    /** Whether the request has a say in what the route does. */
    boolean asksRequest() {
      return false;
    }

    /** This route for one request: itself, unless the request has a say. */
    Route of(Request request) {
      return this;
    }
  }

  /** Forward to a cluster. */
  final class Forward extends Matched {
    private final String cluster;
    private final @Nullable HeaderName clusterHeader;
    private final int clusterNotFoundStatus;
    private final long timeoutNanos;
    private final long idleTimeoutNanos;
    private final Map<String, ActionConfig.Upgrade> upgrades;

    Forward(String name, String host, FilterOverrides overrides, ActionConfig.Forward config) {
      super(name, host, overrides);
      this.cluster = config.cluster();
      this.clusterHeader =
          config.clusterHeader().isEmpty() ? null : HeaderName.of(config.clusterHeader());
      this.clusterNotFoundStatus = config.clusterNotFoundStatus();
      this.timeoutNanos = nanos(config.timeout());
      Duration idle = config.idleTimeout();
      this.idleTimeoutNanos = idle == null ? -1 : nanos(idle);
      this.upgrades = config.upgrades();
    }

    private Forward(Forward from, String cluster) {
      super(from.name(), from.virtualHostName(), from.overrides());
      this.cluster = cluster;
      this.clusterHeader = null;
      this.clusterNotFoundStatus = from.clusterNotFoundStatus;
      this.timeoutNanos = from.timeoutNanos;
      this.idleTimeoutNanos = from.idleTimeoutNanos;
      this.upgrades = from.upgrades;
    }

    private static long nanos(Duration duration) {
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

    @Override
    boolean asksRequest() {
      return clusterHeader != null;
    }

    @Override
    Route of(Request request) {
      HeaderName header = clusterHeader;
      if (header == null) {
        return this;
      }
      String named = request.headers().first(header);
      return new Forward(this, named == null ? "" : named);
    }
  }

  /** Answer from here. */
  final class DirectResponse extends Matched {
    private final int status;
    private final byte[] body;

    DirectResponse(
        String name, String host, FilterOverrides overrides, ActionConfig.DirectResponse config) {
      super(name, host, overrides);
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
