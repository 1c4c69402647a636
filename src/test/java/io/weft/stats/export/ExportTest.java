package io.weft.stats.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import io.weft.stats.Stats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ExportTest {
  private final Stats stats = new Stats();
  private final PrometheusText prometheus = new PrometheusText(stats, TagExtractor.defaults());

  private String prometheus(StatsQuery query) throws IOException {
    var out = new ByteArrayOutputStream();
    prometheus.write(out, query);
    return out.toString(StandardCharsets.UTF_8);
  }

  private String text(StatsQuery query) throws IOException {
    var out = new ByteArrayOutputStream();
    new StatsText(stats).write(out, query);
    return out.toString(StandardCharsets.UTF_8);
  }

  private String json(StatsQuery query) throws IOException {
    var out = new ByteArrayOutputStream();
    new StatsJson(stats).write(out, query);
    return out.toString(StandardCharsets.UTF_8);
  }

  private static StatsQuery only(StatsQuery.Type type) {
    return new StatsQuery(null, false, type, StatsQuery.HistogramBuckets.SUMMARY);
  }

  @Test
  void textIsSortedByNameAcrossScopes() throws Exception {
    stats.counter("cluster.a.z").add(1234567890123L);
    stats.counter("cluster.a.circuit.open");
    stats.gauge("cluster.a.b").set(-5);
    stats.textReadout("server.text").set("a\"b");
    assertThat(text(StatsQuery.ALL))
        .isEqualTo(
            """
            server.text: "a\\u0022b"
            cluster.a.b: -5
            cluster.a.circuit.open: 0
            cluster.a.z: 1234567890123
            """);
  }

  @Test
  void histogramsShowQuantilesOfTheIntervalAndOfAllTime() throws Exception {
    var histogram = stats.histogram("h");
    assertThat(text(StatsQuery.ALL)).isEqualTo("h: No recorded values\n");
    histogram.record(1);
    assertThat(text(StatsQuery.ALL))
        .isEqualTo(
            "h: P0(nan,1) P25(nan,1.025) P50(nan,1.05) P75(nan,1.075) P90(nan,1.09)"
                + " P95(nan,1.095) P99(nan,1.099) P99.5(nan,1.0995) P99.9(nan,1.0999) P100(nan,1.1)\n");
    stats.flush();
    assertThat(text(StatsQuery.ALL)).startsWith("h: P0(1,1) P25(1.025,1.025)");
    var disjoint =
        new StatsQuery(null, false, StatsQuery.Type.ALL, StatsQuery.HistogramBuckets.DISJOINT);
    assertThat(text(disjoint)).startsWith("h: B0.5(0,0) B1(1,1) B5(0,0)");
    var cumulative =
        new StatsQuery(null, false, StatsQuery.Type.ALL, StatsQuery.HistogramBuckets.CUMULATIVE);
    assertThat(text(cumulative))
        .startsWith("h: B0.5(0,0) B1(1,1) B5(1,1)")
        .endsWith("B3600000(1,1)\n");
  }

  @Test
  void filterTypeAndUsedOnlyChoose() throws Exception {
    stats.counter("cluster.a.used").inc();
    stats.counter("cluster.a.idle");
    stats.gauge("cluster.b.gauge");
    assertThat(text(only(StatsQuery.Type.GAUGES))).isEqualTo("cluster.b.gauge: 0\n");
    assertThat(
            text(
                new StatsQuery(
                    Pattern.compile("^cluster\\.a\\..*l"),
                    false,
                    StatsQuery.Type.ALL,
                    StatsQuery.HistogramBuckets.SUMMARY)))
        .isEqualTo("cluster.a.idle: 0\n");
    assertThat(
            text(
                new StatsQuery(
                    null, true, StatsQuery.Type.ALL, StatsQuery.HistogramBuckets.SUMMARY)))
        .isEqualTo("cluster.a.used: 1\n");
  }

  @Test
  void jsonHoldsValuesThenHistograms() throws Exception {
    stats.counter("c.\"x").add(2);
    stats.textReadout("t").set("v");
    assertThat(json(StatsQuery.ALL))
        .isEqualTo(
            "{\"stats\":[{\"name\":\"t\",\"value\":\"v\"},{\"name\":\"c.\\u0022x\",\"value\":2}]}");
    stats.histogram("h").record(1);
    assertThat(json(only(StatsQuery.Type.HISTOGRAMS)))
        .startsWith(
            "{\"stats\":[{\"histograms\":{\"supported_quantiles\":[0,25,50,75,90,95,99,99.5,99.9,100],"
                + "\"computed_quantiles\":[{\"name\":\"h\",\"values\":[{\"interval\":null,\"cumulative\":1},")
        .endsWith("{\"interval\":null,\"cumulative\":1.1}]}]}}]}");
    assertThat(
            json(
                new StatsQuery(
                    Pattern.compile("^h$"),
                    false,
                    StatsQuery.Type.ALL,
                    StatsQuery.HistogramBuckets.CUMULATIVE)))
        .startsWith(
            "{\"stats\":[{\"histograms\":{\"computed_buckets\":[{\"name\":\"h\",\"buckets\":["
                + "{\"upper_bound\":0.5,\"interval\":0,\"cumulative\":0},"
                + "{\"upper_bound\":1,\"interval\":0,\"cumulative\":1}")
        .endsWith("]}]}}]}");
  }

  @Test
  void prometheusGroupsFamiliesAndLabels() throws Exception {
    stats.counter("cluster.b.upstream_rq_200").add(3);
    stats.counter("cluster.a.upstream_rq_200").add(2);
    stats.counter("cluster.a.upstream_rq_total").add(4);
    stats.gauge("server.live").set(1);
    stats.gauge("cluster.q\"\\.up").set(-7);
    assertThat(prometheus(StatsQuery.ALL))
        .isEqualTo(
            """
            # TYPE envoy_cluster_upstream_rq counter
            envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="a"} 2
            envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="b"} 3
            # TYPE envoy_cluster_upstream_rq_total counter
            envoy_cluster_upstream_rq_total{envoy_cluster_name="a"} 4
            # TYPE envoy_cluster_up gauge
            envoy_cluster_up{envoy_cluster_name="q\\"\\\\"} -7
            # TYPE envoy_server_live gauge
            envoy_server_live{} 1
            """);
  }

  @Test
  void prometheusHistogramHasBucketsSumAndCount() throws Exception {
    var histogram = stats.histogram("cluster.a.upstream_rq_time");
    histogram.record(1);
    histogram.record(20);
    var text = prometheus(StatsQuery.ALL);
    assertThat(text.lines())
        .startsWith(
            "# TYPE envoy_cluster_upstream_rq_time histogram",
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"a\",le=\"0.5\"} 0",
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"a\",le=\"1\"} 1")
        .endsWith(
            "envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"a\",le=\"+Inf\"} 2",
            "envoy_cluster_upstream_rq_time_sum{envoy_cluster_name=\"a\"} 21",
            "envoy_cluster_upstream_rq_time_count{envoy_cluster_name=\"a\"} 2")
        .contains("envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"a\",le=\"25\"} 2");
  }

  @Test
  void prometheusLeavesOutClustersWithoutTraffic() throws Exception {
    var scope = stats.scope("cluster").scope("a");
    scope.gauge("membership_total").set(2);
    var requests = scope.deferred().counter("upstream_rq_total");
    scope.deferred().counter("upstream_rq_timeout");
    assertThat(prometheus(StatsQuery.ALL))
        .contains("membership_total")
        .doesNotContain("upstream_rq");
    assertThat(text(StatsQuery.ALL)).contains("cluster.a.upstream_rq_timeout: 0");
    requests.inc();
    assertThat(prometheus(StatsQuery.ALL))
        .contains("envoy_cluster_upstream_rq_total{envoy_cluster_name=\"a\"} 1\n")
        .contains("envoy_cluster_upstream_rq_timeout{envoy_cluster_name=\"a\"} 0\n");
    scope.remove();
    assertThat(prometheus(StatsQuery.ALL)).isEmpty();
  }

  @Test
  void longOutputsPassTheBufferWhole() throws Exception {
    var expected = new StringBuilder();
    for (int i = 10_000; i < 15_000; i++) {
      stats.counter("many.c" + i).add(i * 1_000_003L);
      expected.append("many.c").append(i).append(": ").append(i * 1_000_003L).append('\n');
    }
    stats.textReadout("long").set("ä".repeat(40_000));
    assertThat(text(StatsQuery.ALL)).isEqualTo("long: \"" + "ä".repeat(40_000) + "\"\n" + expected);
  }

  @Test
  void prometheusReadsComputedGauges() throws Exception {
    var open = new AtomicLong(1);
    stats.scope("cluster").scope("a").gauge("cx_open", open::get);
    assertThat(prometheus(StatsQuery.ALL)).endsWith("{envoy_cluster_name=\"a\"} 1\n");
    open.set(0);
    assertThat(prometheus(StatsQuery.ALL)).endsWith("{envoy_cluster_name=\"a\"} 0\n");
  }

  @Test
  void computedGaugesWakeWithTheTrafficOfTheirCluster() throws Exception {
    var traffic = stats.scope("cluster").scope("a").deferred();
    traffic.scope("circuit_breakers").scope("default").gauge("cx_open", () -> 1);
    var requests = traffic.counter("upstream_rq_total");
    stats.scope("cluster").scope("b").deferred().counter("upstream_rq_total");
    assertThat(prometheus(StatsQuery.ALL)).isEmpty();
    requests.inc();
    assertThat(prometheus(StatsQuery.ALL))
        .contains("envoy_cluster_circuit_breakers_default_cx_open{envoy_cluster_name=\"a\"} 1\n")
        .doesNotContain("envoy_cluster_name=\"b\"");
  }
}
