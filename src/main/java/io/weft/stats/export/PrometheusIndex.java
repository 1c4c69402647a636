package io.weft.stats.export;

import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Histogram;
import io.weft.stats.Sleepers;
import io.weft.stats.Stat;
import io.weft.stats.Stats;
import io.weft.stats.TextReadout;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Every series there is to write, as of a version of the registry. Immutable but for its sleepers.
 */
final class PrometheusIndex {
  private final long version;
  private final List<PrometheusFamily> families;
  private final byte[] labels;
  private final Sleepers sleepers;
  private final Map<Stat, Named> known;

  /** A statistic's family and its labels, {@code a="b",c="d"}. */
  private record Named(String family, String labels) {}

  /** A family being collected. */
  private record Key(PrometheusFamily.Kind kind, String name) {}

  private PrometheusIndex(
      long version,
      List<PrometheusFamily> families,
      byte[] labels,
      Sleepers sleepers,
      Map<Stat, Named> known) {
    this.version = version;
    this.families = families;
    this.labels = labels;
    this.sleepers = sleepers;
    this.known = known;
  }

  /** The index of what there is now; what {@code before} has rendered is taken over. */
  static PrometheusIndex of(Stats stats, TagExtractor tags, @Nullable PrometheusIndex before) {
    Map<Stat, Named> known = before == null ? Map.of() : before.known;
    long version = stats.version();
    var dormant = new ArrayList<Stat>();
    var dormantPrefixes = new HashSet<String>();
    var named = new HashMap<Stat, Named>();
    var shared = new HashMap<String, String>();
    var collected =
        new TreeMap<Key, List<Stat>>(Comparator.comparing(Key::kind).thenComparing(Key::name));
    stats.forEach(stat -> {
      var kind = kind(stat);
      if (kind == null) {
        return;
      }
      if (stat.dormant()) {
        if (dormantPrefixes.add(stat.prefix())) {
          dormant.add(stat);
        }
        return;
      }
      var name = known.get(stat);
      if (name == null) {
        name = name(tags.extract(stat.name()), shared);
      }
      named.put(stat, name);
      collected.computeIfAbsent(new Key(kind, name.family), _ -> new ArrayList<>()).add(stat);
    });
    var labels = new ByteArrayOutputStream();
    var places = new HashMap<String, Integer>();
    var families = new ArrayList<PrometheusFamily>();
    collected.forEach((key, members) -> {
      members.sort(SortedStats::byName);
      var at = new int[members.size() * 2];
      for (int i = 0; i < members.size(); i++) {
        var label = Objects.requireNonNull(named.get(members.get(i))).labels;
        var text = label.getBytes(StandardCharsets.UTF_8);
        int start =
            places.computeIfAbsent(
                label,
                _ -> {
                  int place = labels.size();
                  labels.writeBytes(text);
                  return place;
                });
        at[2 * i] = start;
        at[2 * i + 1] = start + text.length;
      }
      families.add(new PrometheusFamily(key.name, key.kind, members, at));
    });
    return new PrometheusIndex(
        version, List.copyOf(families), labels.toByteArray(), stats.sleepers(dormant), named);
  }

  /** Whether nothing came, went or woke since. One thread at a time. */
  boolean isCurrent(Stats stats) {
    return version == stats.version() && !sleepers.anyAwake();
  }

  List<PrometheusFamily> families() {
    return families;
  }

  /** The labels of all series, one after the other; not to be written. */
  byte[] labels() {
    return labels;
  }

  private static PrometheusFamily.@Nullable Kind kind(Stat stat) {
    return switch (stat) {
      case Counter _ -> PrometheusFamily.Kind.COUNTER;
      case Gauge _ -> PrometheusFamily.Kind.GAUGE;
      case Histogram _ -> PrometheusFamily.Kind.HISTOGRAM;
      case TextReadout _ -> null; // has no number
    };
  }

  private static Named name(TaggedName tagged, Map<String, String> shared) {
    var labels = new StringBuilder();
    for (var tag : tagged.tags()) {
      if (!labels.isEmpty()) {
        labels.append(',');
      }
      labels.append(metricName(tag.name())).append("=\"").append(escape(tag.value())).append('"');
    }
    return new Named(
        shared.computeIfAbsent("envoy_" + metricName(tagged.name()), same -> same),
        shared.computeIfAbsent(labels.toString(), same -> same));
  }

  private static String metricName(String name) {
    var clean = new StringBuilder(name);
    for (int i = 0; i < clean.length(); i++) {
      char c = clean.charAt(i);
      boolean fits =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      if (!fits) {
        clean.setCharAt(i, '_');
      }
    }
    return clean.toString();
  }

  private static String escape(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
