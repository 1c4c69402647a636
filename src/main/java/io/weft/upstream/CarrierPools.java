package io.weft.upstream;

import io.weft.carrier.Carrier;
import io.weft.cluster.ClusterStats;
import io.weft.cluster.Endpoint;
import io.weft.cluster.EndpointSet;
import io.weft.cluster.EndpointStats;
import io.weft.cluster.EndpointStats.Fact;
import io.weft.cluster.Priority;
import io.weft.cluster.UpstreamTls;
import io.weft.http.Request;
import io.weft.net.CanceledException;
import io.weft.net.Channel;
import io.weft.net.ConnectFailedException;
import io.weft.net.Connector;
import io.weft.net.NetTimeoutException;
import io.weft.net.SocketOption;
import io.weft.stream.StreamInfo;
import io.weft.stream.UpstreamException;
import io.weft.stream.UpstreamException.ConnectFailure;
import io.weft.tls.TlsException;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** What one carrier has of a cluster: whose turn it is and a pool per endpoint and priority. */
final class CarrierPools {
  private static final int PRIORITIES = Priority.COUNT;

  /** Pools are kept apart by priority and codec. */
  private static final int KINDS = PRIORITIES * Codecs.COUNT;

  /** Pickers that are kept for tries that leave out priorities. */
  private static final int MOST_PARTIAL = 64;

  private final ClusterClient client;
  private final Carrier carrier;
  private final ClusterStats stats;
  private final long connectNanos;
  private final long idleNanos;
  private final long maxDurationNanos;
  private final List<SocketOption> socketOptions;
  private final BreakerLeases[] breakers = new BreakerLeases[PRIORITIES];
  private Picker picker;

  /** How many host names have connections of their own before those not in use are let go. */
  private static final int MAX_NAMES = 64;

  /** What secures connections, null for nothing. */
  private final @Nullable UpstreamTls tls;

  /** Where connections made for one host do not do for another: by pool and host. */
  private final IdentityHashMap<EndpointPool, Map<String, EndpointPool>> named =
      new IdentityHashMap<>();

  /** By the priorities that are left out. */
  private final Map<Long, Picker> partial = new HashMap<>();

  /** By priority and codec, then by index in the picker's set; null until first used. */
  private final @Nullable EndpointPool[][] pools = new @Nullable EndpointPool[KINDS][];

  /** Where streams name the member they go to: the indexes of the picker's set; else null. */
  private @Nullable Map<String, Integer> byHost;

  CarrierPools(ClusterClient client, Carrier carrier) {
    this.client = client;
    this.carrier = carrier;
    var cluster = client.cluster();
    stats = cluster.stats();
    var config = cluster.config();
    connectNanos = config.connectTimeout().toNanos();
    idleNanos = nanos(config.idleTimeout());
    maxDurationNanos = nanos(config.maxConnectionDuration());
    tls = config.tls();
    var keepalive = config.keepalive();
    socketOptions =
        keepalive == null
            ? SocketOption.NONE
            : SocketOption.keepAlive(keepalive.time(), keepalive.interval(), keepalive.probes());
    for (var priority : Priority.values()) {
      int i = priority.index();
      breakers[i] = new BreakerLeases(cluster.breakers(priority), client.waiting(priority));
    }
    picker = newPicker(cluster.endpoints());
    byHost = byHost(picker.set());
    for (int i = 0; i < KINDS; i++) {
      pools[i] = new @Nullable EndpointPool[picker.set().all().size()];
    }
  }

  /**
   * The pool whose turn it is; null if no endpoint may be chosen.
   *
   * @param codec the number of the codec its connections speak
   * @param pick which pick it is for one request, from 0
   * @param stream whose runtime values count, null for a call that belongs to none
   */
  @Nullable EndpointPool next(
      Priority priority, int codec, HostChoice choice, int pick, @Nullable StreamInfo stream) {
    refresh();
    long avoided = choice.avoidedPriorities();
    Picker from = avoided == 0 ? picker : without(avoided, choice);
    int index = from.next(choice, pick, stream);
    if (from.panicked()) {
      stats.lbHealthyPanic.inc();
    }
    if (index < 0) {
      return null;
    }
    var found = pools[kind(priority, codec)][index];
    return found != null ? found : newPool(priority, codec, index);
  }

  /** The pool of the member of that name; null if there is none (any more). */
  @Nullable EndpointPool of(Priority priority, int codec, String host) {
    refresh();
    var names = byHost;
    Integer index = names == null ? null : names.get(host);
    if (index == null) {
      return null;
    }
    var found = pools[kind(priority, codec)][index];
    return found != null ? found : newPool(priority, codec, index);
  }

  private static @Nullable Map<String, Integer> byHost(EndpointSet set) {
    if (!set.lb().isByHost()) {
      return null;
    }
    var names = new HashMap<String, Integer>();
    for (int i = 0; i < set.all().size(); i++) {
      names.put(set.all().get(i).hostname(), i);
    }
    return names;
  }

  /** Who picks among the other priorities; the usual one if nobody there can take the load. */
  private Picker without(long priorities, HostChoice choice) {
    Picker found = partial.get(priorities);
    if (found == null) {
      var rest = picker.set().without(priorities);
      if (rest == null) {
        choice.noOtherPriority();
        return picker;
      }
      if (partial.size() >= MOST_PARTIAL) {
        partial.clear();
      }
      found = newPicker(rest);
      partial.put(priorities, found);
    }
    return found;
  }

  /** Takes over the members as they are now. */
  void refresh() {
    var now = client.cluster().endpoints();
    if (isAnother(now)) {
      update(now);
    }
  }

  @SuppressWarnings("ReferenceEquality") // a set is never changed, only replaced
  private boolean isAnother(EndpointSet set) {
    return set != picker.set();
  }

  private static int kind(Priority priority, int codec) {
    return priority.index() * Codecs.COUNT + codec;
  }

  private EndpointPool newPool(Priority priority, int codec, int index) {
    var speaks = client.codecs().get(codec);
    var pool = new EndpointPool(this, priority, speaks, picker.set().all().get(index), "");
    pools[kind(priority, codec)][index] = pool;
    return pool;
  }

  /** Takes over another set of endpoints: pools of members that stay are kept, others drain. */
  private void update(EndpointSet set) {
    picker = newPicker(set);
    byHost = byHost(set);
    partial.clear();
    for (int i = 0; i < KINDS; i++) {
      var kept = new IdentityHashMap<Endpoint, EndpointPool>();
      for (var pool : pools[i]) {
        if (pool != null) {
          kept.put(pool.endpoint(), pool);
        }
      }
      var fresh = new @Nullable EndpointPool[set.all().size()];
      for (int k = 0; k < fresh.length; k++) {
        fresh[k] = kept.remove(set.all().get(k));
      }
      pools[i] = fresh;
      kept.values().forEach(this::drop);
    }
  }

  private void drop(EndpointPool pool) {
    pool.drain();
    var byName = named.remove(pool);
    if (byName != null) {
      byName.values().forEach(EndpointPool::drain);
    }
  }

  /** The pool for the endpoint of {@code pool} whose connections were made for that host. */
  EndpointPool named(EndpointPool pool, String name) {
    if (tls == null || !tls.isPerName() || name.isEmpty()) {
      return pool;
    }
    var byName = named.computeIfAbsent(pool, _ -> new HashMap<>());
    var found = byName.get(name);
    if (found == null) {
      if (byName.size() >= MAX_NAMES) {
        // clients choose the names
        byName.values().removeIf(other -> other.open() == 0 && other.waiting() == 0);
      }
      found = new EndpointPool(this, pool.priority(), pool.codec(), pool.endpoint(), name);
      byName.put(name, found);
    }
    return found;
  }

  /** The host that a request is for, where connections depend on it; else empty. */
  String nameOf(@Nullable Request request) {
    var secured = tls;
    if (secured == null || request == null || !secured.isPerName()) {
      return "";
    }
    String header = secured.nameHeader();
    String given = header.isEmpty() ? null : request.headers().first(header);
    return host(given == null || given.isEmpty() ? request.authority() : given);
  }

  /** Without port and brackets, in lower case. */
  private static String host(String authority) {
    String host = authority;
    if (host.startsWith("[")) {
      int end = host.indexOf(']');
      host = end < 0 ? "" : host.substring(1, end);
    } else {
      int colon = host.indexOf(':');
      host = colon < 0 ? host : host.substring(0, colon);
    }
    return host.toLowerCase(Locale.ROOT);
  }

  private Picker newPicker(EndpointSet set) {
    return new Picker(set, new SplittableRandom(ThreadLocalRandom.current().nextLong()));
  }

  /**
   * A connection to {@code endpoint}; blocks until it is open. The caller has the permit, and gives
   * it back when the connection ends or could not be opened; the rest is counted here, but for the
   * end of {@code upstream_cx_active}.
   *
   * @throws ConnectFailure when it cannot be opened within the cluster's connect timeout
   * @throws UpstreamException.UpstreamTimeout when {@code deadlineNanos} came first
   */
  Channel connect(Endpoint endpoint, String name, EndpointStats.Shard facts, long deadlineNanos)
      throws IOException {
    long start = System.nanoTime();
    long limit = start + connectNanos;
    stats.upstreamCxTotal.inc();
    stats.upstreamCxActive.inc();
    boolean remote = false;
    try {
      var channel =
          Connector.connect(
              endpoint.address(),
              client.cluster().config().bind(),
              socketOptions,
              Math.min(limit, deadlineNanos));
      secure(channel, endpoint, name, Math.min(limit, deadlineNanos));
      stats.upstreamCxConnectMs.record((System.nanoTime() - start) / 1_000_000);
      return channel;
    } catch (NetTimeoutException e) {
      countFailure(facts, start, false);
      if (deadlineNanos < limit) {
        throw new UpstreamException.UpstreamTimeout(endpoint + ": not connected in time");
      }
      stats.upstreamCxConnectTimeout.inc();
      throw new ConnectFailure(ConnectFailure.Failure.TIMEOUT, "");
    } catch (CanceledException e) {
      countFailure(facts, start, false);
      throw e;
    } catch (ConnectFailedException e) {
      remote = !isLocal(e);
      countFailure(facts, start, remote);
      throw new ConnectFailure(
          remote ? ConnectFailure.Failure.REMOTE : ConnectFailure.Failure.LOCAL,
          (remote ? "delayed connect error: " : "immediate connect error: ")
              + capitalized(e.reason()));
    } catch (TlsException e) {
      countFailure(facts, start, true);
      throw new ConnectFailure(ConnectFailure.Failure.REMOTE, String.valueOf(e.getMessage()));
    } catch (IOException e) { // no descriptors left, no such protocol
      countFailure(facts, start, false);
      throw new ConnectFailure(
          ConnectFailure.Failure.LOCAL, "immediate connect error: " + e.getMessage());
    }
  }

  private void secure(Channel channel, Endpoint endpoint, String name, long deadlineNanos)
      throws IOException {
    var secured = tls;
    if (secured == null) {
      return;
    }
    boolean done = false;
    try {
      String serverName = secured.serverName(name, endpoint.config().hostname());
      secured
          .tls()
          .connect(
              channel,
              endpoint.address(),
              serverName,
              secured.checkedName(name, serverName),
              deadlineNanos);
      done = true;
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  private boolean isLocal(ConnectFailedException e) {
    if (e.reason().startsWith("bind to ")) {
      stats.bindErrors.inc();
      return true;
    }
    return false;
  }

  private void countFailure(EndpointStats.Shard facts, long start, boolean remote) {
    stats.upstreamCxConnectFail.inc();
    facts.add(Fact.CX_CONNECT_FAIL, 1);
    stats.upstreamCxLengthMs.record((System.nanoTime() - start) / 1_000_000);
    countDestroyed(remote, false);
  }

  /** Counts the end of a connection: by whom, and whether a stream was cut. */
  void countDestroyed(boolean remote, boolean withRequest) {
    stats.upstreamCxDestroy.inc();
    (remote ? stats.upstreamCxDestroyRemote : stats.upstreamCxDestroyLocal).inc();
    if (withRequest) {
      stats.upstreamCxDestroyWithActiveRq.inc();
      (remote
              ? stats.upstreamCxDestroyRemoteWithActiveRq
              : stats.upstreamCxDestroyLocalWithActiveRq)
          .inc();
    }
  }

  /** Lets the longest waiting thread of each pool of that priority try to open a connection. */
  void wake(Priority priority) {
    for (int codec = 0; codec < Codecs.COUNT; codec++) {
      for (var pool : pools[kind(priority, codec)]) {
        if (pool != null) {
          pool.wake();
          named.getOrDefault(pool, Map.of()).values().forEach(EndpointPool::wake);
        }
      }
    }
  }

  /** Closes every idle connection, and the others when their streams have ended. */
  void drain() {
    for (var ofPriority : pools) {
      for (var pool : ofPriority) {
        if (pool != null) {
          pool.drain();
          named.getOrDefault(pool, Map.of()).values().forEach(EndpointPool::drain);
        }
      }
    }
  }

  /** How many connections to {@code endpoint} are idle. */
  int idle(Endpoint endpoint) {
    int idle = 0;
    for (var ofPriority : pools) {
      for (var pool : ofPriority) {
        if (pool != null && pool.endpoint().equals(endpoint)) {
          idle += pool.idle();
        }
      }
    }
    return idle;
  }

  ClusterClient client() {
    return client;
  }

  Carrier carrier() {
    return carrier;
  }

  ClusterStats stats() {
    return stats;
  }

  BreakerLeases breakers(Priority priority) {
    return breakers[priority.index()];
  }

  /** The time as of the last poll. */
  long now() {
    return carrier.nowNanos();
  }

  /** How long a connection may be idle, {@link Long#MAX_VALUE} = for ever. */
  long idleNanos() {
    return idleNanos;
  }

  /** How long a connection may be used, {@link Long#MAX_VALUE} = for ever. */
  long maxDurationNanos() {
    return maxDurationNanos;
  }

  private static long nanos(@Nullable Duration duration) {
    if (duration == null || duration.compareTo(Duration.ofNanos(Long.MAX_VALUE / 2)) > 0) {
      return Long.MAX_VALUE;
    }
    return duration.toNanos();
  }

  private static String capitalized(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }
}
