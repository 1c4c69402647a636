package io.weft.stats;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All statistics of one proxy, by Envoy's names. Shared; one for each set of carriers.
 *
 * <p>The methods that take a name find the statistic or make it. They lock and compare texts:
 * components call them once and keep the object.
 */
public final class Stats {
  private volatile @Nullable Predicate<String> shown;
  private final Cells cells = new Cells();
  private final ConcurrentSkipListMap<String, Group> groups = new ConcurrentSkipListMap<>();
  private final ConcurrentHashMap<String, String> suffixes = new ConcurrentHashMap<>();
  private final AtomicLong version = new AtomicLong();

  public Counter counter(String name) {
    return counter(name, null);
  }

  public Gauge gauge(String name) {
    return gauge(name, (String) null);
  }

  /** A histogram of milliseconds. */
  public Histogram histogram(String name) {
    return histogram(name, Histogram.Unit.MILLISECONDS);
  }

  /** A histogram; where it exists already it keeps its unit. */
  public Histogram histogram(String name, Histogram.Unit unit) {
    return histogram(name, unit, null);
  }

  public TextReadout textReadout(String name) {
    return find(name, TextReadout.class, null, TextReadout::new);
  }

  /**
   * The scope {@code name + "."}: {@code
   * scope("cluster").scope("web").counter("upstream_rq_total")}.
   */
  public Scope scope(String name) {
    return new Scope(this, name + ".", null);
  }

  /**
   * Shows only statistics whose names pass; null shows all. The others count for themselves. Called
   * at start.
   */
  public void show(@Nullable Predicate<String> names) {
    shown = names;
    version.incrementAndGet();
  }

  /**
   * Every statistic that is shown, those with the same prefix one after the other. New ones may or
   * may not be seen.
   */
  public void forEach(Consumer<? super Stat> action) {
    Predicate<String> names = shown;
    if (names == null) {
      all(action);
    } else {
      all(stat -> {
        if (names.test(stat.name())) {
          action.accept(stat);
        }
      });
    }
  }

  private void all(Consumer<? super Stat> action) {
    groups.values().forEach(group -> group.list().forEach(action));
  }

  /** The statistic of that name if it exists; a counter before a gauge of the same name. */
  public @Nullable Stat find(String name) {
    int cut = name.lastIndexOf('.') + 1;
    var group = groups.get(name.substring(0, cut));
    if (group == null) {
      return null;
    }
    var suffix = name.substring(cut);
    for (var type : List.of(Counter.class, Gauge.class, Histogram.class, TextReadout.class)) {
      var stat = group.find(suffix, type);
      if (stat != null) {
        return stat;
      }
    }
    return null;
  }

  /** Makes every counter 0, as {@code POST /reset_counters}; gauges and histograms stay. */
  public void resetCounters() {
    all(stat -> {
      if (stat instanceof Counter counter) {
        counter.reset();
      }
    });
  }

  /**
   * Ends the interval of every histogram; called each {@code stats_flush_interval}, 5 s by default.
   */
  public void flush() {
    all(stat -> {
      if (stat instanceof Histogram histogram) {
        histogram.flush();
      }
    });
  }

  /** Reads counters and gauges as they are from now on, by slot. */
  public Values values() {
    return new Values(cells.present());
  }

  /** Watches over statistics that are dormant, one of each prefix. */
  public Sleepers sleepers(List<Stat> dormant) {
    return new Sleepers(cells, dormant);
  }

  /** Changes whenever a statistic is made or removed. */
  public long version() {
    return version.get();
  }

  Counter counter(String name, @Nullable String wokenBy) {
    return find(
        name,
        Counter.class,
        wokenBy,
        (group, suffix) -> new Counter(group, suffix, cells, wokenBy != null));
  }

  Gauge gauge(String name, @Nullable String wokenBy) {
    return find(
        name,
        Gauge.class,
        wokenBy,
        (group, suffix) -> new Gauge(group, suffix, cells, wokenBy != null));
  }

  Gauge gauge(String name, @Nullable String wokenBy, LongSupplier source) {
    return find(
        name,
        Gauge.class,
        wokenBy,
        (group, suffix) -> new ComputedGauge(group, suffix, cells, wokenBy != null, source));
  }

  Histogram histogram(String name, Histogram.Unit unit, @Nullable String wokenBy) {
    return find(
        name,
        Histogram.class,
        wokenBy,
        (group, suffix) -> new Histogram(group, suffix, unit, wokenBy != null));
  }

  void remove(String prefix) {
    var gone = new ArrayList<Group>();
    for (var group : groups.tailMap(prefix, true).values()) {
      if (!group.prefix().startsWith(prefix)) {
        break;
      }
      gone.add(group);
    }
    for (var group : gone) {
      groups.remove(group.prefix(), group);
      for (var stat : group.list()) {
        switch (stat) {
          case Counter counter -> counter.free();
          case Gauge gauge -> gauge.free();
          case Histogram _, TextReadout _ -> {} // their memory goes with the object
        }
      }
    }
    version.incrementAndGet();
  }

  private <T extends Stat> T find(
      String name, Class<T> type, @Nullable String wokenBy, BiFunction<Group, String, T> make) {
    var clean = printable(name);
    int cut = clean.lastIndexOf('.') + 1;
    // A trailing dot would make an empty suffix: the whole is the suffix then.
    var prefix = cut == clean.length() ? "" : clean.substring(0, cut);
    var suffix = suffix(clean.substring(prefix.length()));
    var group = groups.computeIfAbsent(prefix, p -> new Group(p, cells));
    if (wokenBy != null && !wokenBy.equals(prefix)) {
      group.wakeWith(groups.computeIfAbsent(printable(wokenBy), p -> new Group(p, cells)));
    }
    synchronized (group) {
      var stat = group.find(suffix, type);
      if (stat == null) {
        stat = make.apply(group, suffix);
        group.add(stat);
        version.incrementAndGet();
      }
      return stat;
    }
  }

  private String suffix(String text) {
    var same = suffixes.putIfAbsent(text, text);
    return same == null ? text : same;
  }

  /** A name comes from configuration and is printed a line each: no control character gets in. */
  private static String printable(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) < ' ' || name.charAt(i) == 0x7f) {
        return name.replaceAll("\\p{Cntrl}", "_");
      }
    }
    return name;
  }
}
