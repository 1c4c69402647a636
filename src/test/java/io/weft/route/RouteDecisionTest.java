package io.weft.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.mutation.Mutations;
import io.weft.net.Security;
import io.weft.route.HeaderMatch.ValueMatch;
import io.weft.runtime.RuntimeSnapshot;
import io.weft.runtime.RuntimeValue;
import io.weft.stream.RoutingFacts;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The account of a decision and the decision are made by different code: they must agree. */
class RouteDecisionTest {
  private static final int PAIRS = Integer.getInteger("weft.pairs", 2_000);
  private static final String[] PARTS = {"/", "/a", "/A", "/ab", "/a/b", "a", "?", ";x", "/é", "#"};
  private static final String[] DOMAINS = {
    "*", "a.com", "*.com", "*.a.com", "a.*", "a.b.*", "*-x.com", "A.com:80", "b.com"
  };
  private static final String[] HOSTS = {
    "a.com", "A.COM", "x.a.com", "a.b.c", "q-x.com", "a.com:80", "b.com", "zzz", ""
  };
  private static final String[] REGEXES = {"/a.*", "/(a|A)b?", "^/a/b$", "/a?", ".*b", "/ab*c?"};
  private static final String[] TEMPLATES = {"/a/*", "/**", "/{x}", "/a/{y=**}"};

  private final Random random = new Random(20261122);
  private boolean plain;

  private <T> T one(T[] of) {
    return of[random.nextInt(of.length)];
  }

  private String path() {
    var path = new StringBuilder("/");
    for (int i = random.nextInt(4); i > 0; i--) {
      path.append(one(PARTS));
    }
    return Rewrite.bytes(path.toString());
  }

  private PathMatch match() {
    boolean sensitive = plain || random.nextBoolean();
    return switch (plain ? 3 + random.nextInt(6) : random.nextInt(9)) {
      case 0 -> new PathMatch(PathMatch.Kind.REGEX, one(REGEXES), true);
      case 1 -> new PathMatch(PathMatch.Kind.TEMPLATE, one(TEMPLATES), true);
      case 2 -> new PathMatch(PathMatch.Kind.CONNECT, "", true);
      case 3, 4 -> new PathMatch(PathMatch.Kind.EXACT, key(), sensitive);
      case 5 -> new PathMatch(PathMatch.Kind.SEPARATED_PREFIX, key(), sensitive);
      default -> new PathMatch(PathMatch.Kind.PREFIX, key(), sensitive);
    };
  }

  private String key() {
    String path = Rewrite.text(path());
    int end = VirtualHost.pathEnd(path);
    return path.substring(0, Math.max(1, end));
  }

  private Conditions conditions() {
    if (plain || random.nextInt(3) == 0) {
      return Conditions.NONE;
    }
    List<HeaderMatch> headers = new ArrayList<>();
    if (random.nextBoolean()) {
      var kinds = ValueMatch.Text.Kind.values();
      ValueMatch value =
          random.nextInt(4) == 0 ? null : new ValueMatch.Text(one(kinds), one(VALUES), false);
      headers.add(new HeaderMatch(one(NAMES), value, random.nextBoolean(), random.nextBoolean()));
    }
    List<QueryMatch> query =
        random.nextInt(4) == 0
            ? List.of(new QueryMatch("a", null, random.nextBoolean()))
            : List.of();
    var share =
        random.nextInt(4) == 0
            ? new Conditions.Share("", new RuntimeValue.Percent(random.nextInt(100), 100))
            : null;
    return new Conditions(
        headers, query, random.nextInt(8) == 0, share, certificate(), metadata(), state());
  }

  private Conditions.@Nullable ClientCertificate certificate() {
    return random.nextInt(4) == 0 ? new Conditions.ClientCertificate(perhaps(), perhaps()) : null;
  }

  private @Nullable Boolean perhaps() {
    return random.nextBoolean() ? null : random.nextBoolean();
  }

  private List<MetadataMatch> metadata() {
    if (random.nextInt(4) > 0) {
      return List.of();
    }
    var value =
        switch (random.nextInt(4)) {
          case 0 -> new MetadataMatch.ValueCondition.Present(random.nextBoolean());
          case 1 -> new MetadataMatch.ValueCondition.Equal(1);
          case 2 -> new MetadataMatch.ValueCondition.Is(true);
          default ->
              new MetadataMatch.ValueCondition.Text(
                  new ValueMatch.Text(ValueMatch.Text.Kind.EXACT, "1", false));
        };
    return List.of(new MetadataMatch(one(KEYS), List.of(one(KEYS)), value, random.nextBoolean()));
  }

  private List<FilterStateMatch> state() {
    return random.nextInt(4) > 0
        ? List.of()
        : List.of(
            new FilterStateMatch(
                one(KEYS), new ValueMatch.Text(ValueMatch.Text.Kind.PREFIX, "1", false)));
  }

  /** What is known of a stream besides its request. */
  private RoutingFacts facts() {
    long lot = random.nextInt(1000);
    Map<String, Object> noted = new HashMap<>();
    Map<String, Object> set = new HashMap<>();
    Object[] values = {"1", "x", 1, true};
    for (int i = random.nextInt(3); i > 0; i--) {
      noted.put(one(KEYS), one(values));
      set.put(one(KEYS), one(values));
    }
    String namespace = one(KEYS);
    Security security =
        random.nextBoolean() ? null : new Client(random.nextBoolean(), random.nextBoolean());
    return new RoutingFacts() {
      @Override
      public long random() {
        return lot;
      }

      @Override
      public RuntimeSnapshot runtime() {
        return RuntimeSnapshot.EMPTY;
      }

      @Override
      public @Nullable Security downstreamSecurity() {
        return security;
      }

      @Override
      public Map<String, Object> dynamicMetadata(String of) {
        return of.equals(namespace) ? noted : Map.of();
      }

      @Override
      public @Nullable Object filterState(String key) {
        return set.get(key);
      }
    };
  }

  /** A client that came by TLS. */
  private record Client(boolean certificate, boolean peerVerified) implements Security {
    @Override
    public List<X509Certificate> peerCertificates() {
      return certificate ? SOME_CERTIFICATE : List.of();
    }

    @Override
    public String applicationProtocol() {
      return "";
    }

    @Override
    public String serverName() {
      return "";
    }

    @Override
    public String version() {
      return "TLSv1.3";
    }

    @Override
    public String cipher() {
      return "";
    }

    @Override
    public String group() {
      return "";
    }

    @Override
    public String sessionId() {
      return "";
    }

    @Override
    public boolean resumed() {
      return false;
    }

    @Override
    public @Nullable X509Certificate localCertificate() {
      return null;
    }

    @Override
    public boolean endedCleanly() {
      return true;
    }
  }

  private static final String[] KEYS = {"k", "l"};

  /** Nobody looks at it. */
  private static final List<X509Certificate> SOME_CERTIFICATE =
      java.util.Collections.singletonList(null);

  private static final String[] NAMES = {"x", "content-type", ":method", ":path", "host"};
  private static final String[] METHODS = {"GET", "GET", "GET", "POST", "CONNECT"};
  private static final String[] VALUES = {"1", "/", "application/grpc", "GET", "a.com", ""};

  private RouteTable table() {
    // a virtual host that asks for nothing but case-sensitive paths is served by code of its own
    plain = random.nextInt(3) == 0;
    List<VirtualHostConfig> hosts = new ArrayList<>();
    Set<String> taken = new LinkedHashSet<>();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      List<String> domains = new ArrayList<>();
      for (int k = 1 + random.nextInt(3); k > 0; k--) {
        String domain = one(DOMAINS);
        if (taken.add(domain)) {
          domains.add(domain);
        }
      }
      List<RouteConfig> routes = new ArrayList<>();
      for (int k = random.nextInt(12); k > 0; k--) {
        String cluster = "c" + hosts.size() + "-" + routes.size();
        routes.add(
            new RouteConfig(
                cluster,
                match(),
                conditions(),
                ActionConfig.Forward.to(cluster),
                Map.of(),
                Mutations.NONE,
                ""));
      }
      if (!domains.isEmpty()) {
        hosts.add(new VirtualHostConfig("h" + i, domains, routes, Map.of()));
      }
    }
    var options =
        new TableOptions(
            Mutations.NONE, false, List.of(), !plain && random.nextBoolean(), List.of());
    return RouteTable.compile(
        new RouteTableConfig("t", hosts, random.nextBoolean(), Map.of(), options));
  }

  private Request request() {
    var headers = new Headers();
    for (int i = random.nextInt(3); i > 0; i--) {
      headers.add(random.nextBoolean() ? "x" : "content-type", one(VALUES));
    }
    return Request.of(one(METHODS), one(HOSTS), path(), headers, Body.EMPTY);
  }

  @Test
  void accountAndDataPathAgreeOnGeneratedTablesAndRequests() {
    for (int pair = 0; pair < PAIRS; ) {
      RouteTable table = table();
      for (int i = 0; i < 20; i++, pair++) {
        Request request = request();
        RoutingFacts facts = facts();
        Route taken = table.match(request, facts);
        RouteDecision told = table.decide(request, facts);
        assertThat(told.route().name())
            .as("%s %s%s: %s", request, request.authority(), request.path(), told)
            .isEqualTo(taken.name());
        assertThat(told.host() == null || !taken.name().isEmpty() || told.chosen() < 0).isTrue();
      }
    }
  }

  @Test
  void everyRouteThatWasPassedOverSaysWhatDidNotHold() {
    var table =
        RouteTable.compile(
            new RouteTableConfig(
                "t",
                List.of(
                    new VirtualHostConfig(
                        "h",
                        List.of("*.com"),
                        List.of(
                            to("one", PathMatch.exact("/b")),
                            to("two", PathMatch.prefix("/a"))
                                .when(
                                    new Conditions(
                                        List.of(
                                            new HeaderMatch(
                                                "x",
                                                new ValueMatch.Text(
                                                    ValueMatch.Text.Kind.EXACT, "1", false),
                                                false,
                                                false)),
                                        List.of(),
                                        false,
                                        null)),
                            to("three", PathMatch.prefix("/"))),
                        Map.of())),
                false,
                Map.of()));
    var decision =
        table.decide(
            Request.of("GET", "a.com", "/a?q", Headers.of("x", "2"), Body.EMPTY),
            RoutingFacts.NONE);
    assertThat(decision.domain()).isEqualTo("*.com");
    assertThat(decision.rule()).isEqualTo(RouteDecision.Rule.SUFFIX);
    assertThat(decision.tried().stream().map(RouteDecision.Tried::failed))
        .containsExactly("path '/b' against '/a'", "header 'x' exact '1' against '2'", null);
    assertThat(decision.chosen()).isEqualTo(2);
  }

  private static RouteConfig to(String name, PathMatch match) {
    return new RouteConfig(name, match, ActionConfig.Forward.to(name), Map.of());
  }
}
