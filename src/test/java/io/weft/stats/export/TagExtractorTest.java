package io.weft.stats.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TagExtractorTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "cluster.web.upstream_rq_total,cluster.upstream_rq_total,cluster_name=web",
        "cluster.web.upstream_rq_200,cluster.upstream_rq,response_code=200 cluster_name=web",
        "cluster.web.upstream_rq_2xx,cluster.upstream_rq_xx,response_code_class=2 cluster_name=web",
        "cluster.web.circuit_breakers.default.cx_open,cluster.circuit_breakers.default.cx_open,cluster_name=web",
        "cluster.web.ssl.ciphers.AES,cluster.ssl.ciphers,cluster_name=web ssl_cipher_suite=AES",
        "cluster.c.grpc.svc.Get.success,cluster.grpc.success,cluster_name=c grpc_bridge_method=Get grpc_bridge_service=svc",
        "http.ingress.downstream_rq_total,http.downstream_rq_total,http_conn_manager_prefix=ingress",
        "http.ingress.user_agent.ios.downstream_cx_total,http.user_agent.downstream_cx_total,http_conn_manager_prefix=ingress http_user_agent=ios",
        "http.ingress.rds.local.update_success,http.rds.update_success,http_conn_manager_prefix=ingress rds_route_config=local",
        "listener.0.0.0.0_80.downstream_cx_total,listener.downstream_cx_total,listener_address=0.0.0.0_80",
        "listener.[__1]_443.ssl.cipher.AES,listener.ssl.cipher,listener_address=[__1]_443 ssl_cipher=AES",
        "listener.127.0.0.1_80.http.in.downstream_rq_5xx,listener.http.downstream_rq_xx,response_code_class=5 listener_address=127.0.0.1_80 http_conn_manager_prefix=in",
        "listener.127.0.0.1_80.worker_1.downstream_cx_total,listener.downstream_cx_total,listener_address=127.0.0.1_80 worker_id=worker_1",
        "listener.edge.downstream_cx_total,listener.downstream_cx_total,listener_address=edge",
        "listener.admin.http.admin.downstream_rq_2xx,listener.admin.http.downstream_rq_xx,response_code_class=2 http_conn_manager_prefix=admin",
        "listener_manager.worker_0.dispatcher,listener_manager.dispatcher,worker_id=worker_0",
        "listener_manager.workers_started,listener_manager.workers_started,``",
        "vhost.a.vcluster.b.upstream_rq_total,vhost.vcluster.upstream_rq_total,virtual_host=a virtual_cluster=b",
        "tcp.db.downstream_cx_total,tcp.downstream_cx_total,tcp_prefix=db",
        "auth.clientssl.p.auth_ip_allowlist,auth.clientssl.auth_ip_allowlist,clientssl_prefix=p",
        "ratelimit.p.ok,ratelimit.ok,ratelimit_prefix=p",
        "mongo.p.collection.c.callsite.s.query.total,mongo.collection.callsite.query.total,mongo_prefix=p mongo_collection=c mongo_callsite=s",
        "mongo.p.cmd.find.total,mongo.cmd.total,mongo_prefix=p mongo_cmd=find",
        "http.p.dynamodb.table.t.upstream_rq_total,http.dynamodb.table.upstream_rq_total,http_conn_manager_prefix=p dynamodb_table=t",
        "server.live,server.live,``",
        "nodots,nodots,``",
        "cluster.,cluster.,``",
      })
  void findsEnvoysDefaultTags(String name, String rest, String tags) {
    var tagged = TagExtractor.defaults().extract(name);
    assertThat(tagged.name()).isEqualTo(rest);
    assertThat(
            tagged.tags().stream()
                .map(tag -> tag.name().replace("envoy.", "") + "=" + tag.value())
                .collect(Collectors.joining(" ")))
        .isEqualTo(tags);
  }

  @Test
  void ownRulesComeFirst() {
    var dotted =
        new TagRule("envoy.cluster_name", Pattern.compile("^cluster\\.((.+?\\.svc)\\.)"), null);
    var region = new TagRule("region", null, "eu");
    var tagged =
        new TagExtractor(List.of(dotted, region), true, Set.of())
            .extract("cluster.a.b.svc.rq_total");
    assertThat(tagged.name()).isEqualTo("cluster.rq_total");
    assertThat(tagged.tags())
        .containsExactly(new Tag("envoy.cluster_name", "a.b.svc"), new Tag("region", "eu"));
  }

  @Test
  void withoutDefaultsNothingIsFound() {
    assertThat(new TagExtractor(List.of(), false, Set.of()).extract("cluster.web.upstream_rq_200"))
        .isEqualTo(new TaggedName("cluster.web.upstream_rq_200", List.of()));
  }

  @Test
  void someDefaultsCanBeChosen() {
    var some = new TagExtractor(List.of(), false, Set.of("envoy.cluster_name"));
    assertThat(some.extract("cluster.web.upstream_rq_200"))
        .isEqualTo(
            new TaggedName(
                "cluster.upstream_rq_200", List.of(new Tag("envoy.cluster_name", "web"))));
  }

  @Test
  void ruleNeedsAGroupOrAValue() {
    assertThatThrownBy(() -> new TagRule("t", Pattern.compile("abc"), null))
        .hasMessageContaining("t: regex abc has no group");
    assertThatThrownBy(() -> new TagRule("t", null, null)).hasMessageContaining("one of them");
  }
}
