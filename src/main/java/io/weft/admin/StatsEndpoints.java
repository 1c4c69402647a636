package io.weft.admin;

import io.weft.stats.export.PrometheusText;
import io.weft.stats.export.StatsJson;
import io.weft.stats.export.StatsQuery;
import io.weft.stats.export.StatsText;
import java.util.List;

/** {@code /stats}, {@code /stats/prometheus} and {@code /reset_counters}. */
final class StatsEndpoints {
  private static final String FORMATS = "json, prometheus or text";

  private final AdminSources sources;
  private final StatsText text;
  private final StatsJson json;
  private final PrometheusText prometheus;

  StatsEndpoints(AdminSources sources) {
    this.sources = sources;
    this.text = new StatsText(sources.stats());
    this.json = new StatsJson(sources.stats());
    this.prometheus = new PrometheusText(sources.stats(), sources.tags());
  }

  List<Endpoint> all() {
    return List.of(
        Endpoint.changes("/reset_counters", "reset all counters to zero", this::reset),
        Endpoint.shows("/stats", "print server stats", this::stats),
        prometheusOnly());
  }

  Endpoint prometheusOnly() {
    return Endpoint.shows(
        "/stats/prometheus", "print server stats in prometheus format", this::prometheus);
  }

  private Reply stats(Query query) throws Query.BadQueryException {
    var format = query.has("format") ? query.get("format") : "text";
    return switch (format) {
      case "text" -> {
        var wanted = wanted(query);
        yield new Reply(200, Reply.TEXT, out -> text.write(out, wanted));
      }
      case "json" -> {
        var wanted = wanted(query);
        yield new Reply(200, Reply.JSON, out -> json.write(out, wanted));
      }
      case "prometheus" -> prometheus(query);
      case null, default ->
          throw new Query.BadQueryException("format: " + format + " (expected: " + FORMATS + ")");
    };
  }

  private Reply prometheus(Query query) throws Query.BadQueryException {
    var wanted = wanted(query);
    return new Reply(200, PrometheusText.CONTENT_TYPE, out -> prometheus.write(out, wanted));
  }

  private Reply reset(Query query) {
    sources.stats().resetCounters();
    return Reply.ok();
  }

  private StatsQuery wanted(Query query) throws Query.BadQueryException {
    sources.serverStats().update();
    var typeName = query.has("type") ? query.get("type") : "All";
    var type = typeName == null ? null : StatsQuery.Type.of(typeName);
    if (type == null) {
      throw new Query.BadQueryException(
          "type: " + typeName + " (expected: All, Counters, Gauges, Histograms or TextReadouts)");
    }
    var bucketsName = query.has("histogram_buckets") ? query.get("histogram_buckets") : "none";
    var buckets =
        switch (bucketsName) {
          case "none", "summary" -> StatsQuery.HistogramBuckets.SUMMARY;
          case "cumulative" -> StatsQuery.HistogramBuckets.CUMULATIVE;
          case "disjoint" -> StatsQuery.HistogramBuckets.DISJOINT;
          case null, default ->
              throw new Query.BadQueryException(
                  "histogram_buckets: "
                      + bucketsName
                      + " (expected: none, summary, cumulative or disjoint)");
        };
    return new StatsQuery(query.pattern("filter"), query.has("usedonly"), type, buckets);
  }
}
