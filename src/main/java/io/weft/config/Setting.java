package io.weft.config;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One process setting: its key in {@code weft.yaml}, what it takes, and what it is when nobody
 * says.
 */
public enum Setting {
  CARRIERS("carriers", Kind.COUNT, "0", "Carrier threads; 0 is one for each processor."),
  POLLER("poller", Kind.CHOICE, "auto", "How sockets are polled.", "auto", "epoll", "nio"),
  PIN(
      "pin",
      Kind.BOOL,
      "false",
      "Bind each carrier to a processor of its own, where the platform can."),
  DEFAULTS(
      "defaults",
      Kind.CHOICE,
      "",
      "Which set of defaults fills in what the configuration leaves out.",
      "edge",
      "envoy"),
  ADMIN_ADDRESS(
      "admin.address",
      Kind.ADDRESS,
      "",
      "Where the admin server listens; instead of `admin` in the bootstrap."),
  ADMIN_HOSTS(
      "admin.hosts",
      Kind.TEXT,
      "",
      "Names, with commas between, under which browsers may call the admin server, besides"
          + " localhost and IP addresses."),
  SCRAPE_ADDRESS(
      "scrape.address",
      Kind.ADDRESS,
      "",
      "Where `/ready` and `/stats/prometheus` alone are served to others."),
  NODE_ID(
      "node.id", Kind.TEXT, "", "Name of this instance; instead of `node.id` in the bootstrap."),
  NODE_CLUSTER("node.cluster", Kind.TEXT, "", "Name of the service this instance belongs to."),
  TLS_ENGINE(
      "tls.engine",
      Kind.CHOICE,
      "auto",
      "What encrypts; `auto` is BoringSSL where its library works, else the JDK.",
      "auto",
      "boringssl",
      "jdk"),
  FORWARD_PROXY_ALLOW(
      "forward_proxy.allow",
      Kind.RANGES,
      "",
      "Ranges that a dynamic forward proxy may connect to although it refuses loopback,"
          + " link-local and metadata addresses."),
  LOG_LEVEL(
      "log.level",
      Kind.CHOICE,
      "info",
      "Level of Weft's own log.",
      "trace",
      "debug",
      "info",
      "warning",
      "error",
      "off"),
  LOG_LEVELS("log.levels", Kind.LEVELS, "", "Levels of single loggers, by name."),
  DRAIN_TIME(
      "drain.time",
      Kind.DURATION,
      "600s",
      "How long requests in flight may take once draining has begun."),
  DRAIN_STRATEGY(
      "drain.strategy",
      Kind.CHOICE,
      "gradual",
      "Whether connections are closed over the drain time or at once.",
      "gradual",
      "immediate");

  /** What a setting takes. */
  public enum Kind {
    COUNT("a whole number"),
    BOOL("true or false"),
    TEXT("text"),
    CHOICE("one of"),
    ADDRESS("host:port or unix:/path"),
    RANGES("IP ranges such as 127.0.0.0/8, with commas between"),
    DURATION("a number with ms, s, m or h"),
    LEVELS("a mapping of logger to level; in the variable logger=level, with commas between");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  private final String key;
  private final Kind kind;
  private final String ifAbsent;
  private final String description;
  private final String choices; // separated by commas

  Setting(String key, Kind kind, String ifAbsent, String description, String... choices) {
    this.key = key;
    this.kind = kind;
    this.ifAbsent = ifAbsent;
    this.description = description;
    this.choices = String.join(", ", choices);
  }

  /** The key in {@code weft.yaml}, with dots. */
  public String key() {
    return key;
  }

  /** The environment variable that goes before the file. */
  public String variable() {
    return "WEFT_" + key.replace('.', '_').toUpperCase(Locale.ROOT);
  }

  public Kind kind() {
    return kind;
  }

  public String ifAbsent() {
    return ifAbsent;
  }

  public String description() {
    return description;
  }

  private List<String> choices() {
    return List.of(choices.split(", ", -1));
  }

  /** What the setting takes, in words. */
  public String expectation() {
    return kind == Kind.CHOICE ? "one of " + choices : kind.words;
  }

  /** The setting of that key, a logger's level included; null where there is none. */
  static @Nullable Setting find(String key) {
    for (var setting : values()) {
      if (setting.key.equals(key)
          || (setting.kind == Kind.LEVELS && key.startsWith(setting.key + "."))) {
        return setting;
      }
    }
    return null;
  }

  /** Whether a text is a value of this setting. */
  boolean accepts(String text) {
    return switch (kind) {
      case COUNT -> text.matches("\\d{1,4}");
      case BOOL -> text.equals("true") || text.equals("false");
      case TEXT -> !text.isBlank();
      case CHOICE -> choices().contains(text);
      case ADDRESS ->
          text.startsWith("unix:") || text.matches("(\\[[0-9a-fA-F:.]+]|[0-9.]+):\\d{1,5}");
      case RANGES -> Settings.ranges(text) != null;
      case DURATION -> Settings.duration(text) != null;
      case LEVELS -> LOG_LEVEL.choices().contains(text);
    };
  }
}
