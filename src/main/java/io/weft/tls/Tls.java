package io.weft.tls;

import io.weft.schema.Message;
import io.weft.schema.Problems;
import io.weft.stats.Scope;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that a process has of TLS: makes the sides of filter chains and clusters, takes over their
 * files when they change, and frees them at the end. Nothing of an engine is loaded before the
 * first one is made. Used by the main thread; {@link #certificates} by any.
 */
public final class Tls implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Tls.class);

  private final EngineKind kind;
  private final List<Renewable> all = new CopyOnWriteArrayList<>();
  private Map<String, Message> secrets = Map.of();
  private EngineContext.@Nullable Factory factory;
  private @Nullable FileWatch watch;

  public Tls(EngineKind kind) {
    this.kind = kind;
  }

  /**
   * Says which secrets contexts may name; each a {@code Secret}. To be called before the others.
   */
  public void secrets(List<Message> all) {
    Map<String, Message> byName = new LinkedHashMap<>();
    all.forEach(secret -> byName.putIfAbsent(secret.string("name"), secret));
    secrets = byName;
  }

  /**
   * The server's side that a {@code DownstreamTlsContext} describes; null when {@code problems} was
   * told why not.
   *
   * @param stats of the listener
   * @param edge whether what is unsafe is refused
   */
  public @Nullable ServerTls server(Message context, Scope stats, boolean edge, Problems problems) {
    ServerTlsConfig config = new TlsReader(secrets, problems, edge).server(context);
    if (config == null) {
      return null;
    }
    try {
      var made = new ServerTls(config, factory(), stats);
      all.add(made);
      return made;
    } catch (IOException | TlsConfigException e) {
      problems.error(context.place(), String.valueOf(e.getMessage()));
      return null;
    }
  }

  /**
   * The client's side that an {@code UpstreamTlsContext} describes; as {@link #server}.
   *
   * @param protocols offered by ALPN where the context names none
   */
  public @Nullable ClientTls client(
      Message context, List<String> protocols, Scope stats, boolean edge, Problems problems) {
    ClientTlsConfig config = new TlsReader(secrets, problems, edge).client(context, protocols);
    if (config == null) {
      return null;
    }
    try {
      var made = new ClientTls(config, factory(), stats);
      all.add(made);
      return made;
    } catch (IOException | TlsConfigException e) {
      problems.error(context.place(), String.valueOf(e.getMessage()));
      return null;
    }
  }

  private EngineContext.Factory factory() throws TlsConfigException {
    EngineContext.Factory made = factory;
    if (made == null) {
      made = kind == EngineKind.JDK ? new JdkEngines() : boringOrJdk();
      factory = made;
    }
    return made;
  }

  private EngineContext.Factory boringOrJdk() throws TlsConfigException {
    String whyNot = BoringEngines.whyNot();
    if (whyNot == null) {
      return new BoringEngines();
    }
    if (kind == EngineKind.BORINGSSL) {
      throw new TlsConfigException("BoringSSL does not work here: " + whyNot);
    }
    log.warn("TLS by the JDK's engine, which costs more: BoringSSL does not work here: {}", whyNot);
    return new JdkEngines();
  }

  /** The engine in use, empty while nothing uses TLS. */
  public String engine() {
    EngineContext.Factory made = factory;
    return made == null ? "" : made.name();
  }

  /** Begins to look for files that have changed. */
  public void watch() {
    if (!all.isEmpty() && watch == null) {
      watch = FileWatch.start(all);
    }
  }

  /** The certificates in force. */
  public List<CertificateFacts> certificates() {
    return all.stream().flatMap(each -> each.certificates().stream()).toList();
  }

  /**
   * Days until the first certificate expires, trusted ones included; 0 for one that has, {@link
   * Integer#MAX_VALUE} without certificates.
   */
  public long daysUntilFirstExpiry() {
    long days = Integer.MAX_VALUE;
    Instant now = Instant.now();
    for (CertificateFacts facts : certificates()) {
      for (X509Certificate each :
          Stream.concat(facts.trusted().stream(), facts.chain().stream()).toList()) {
        days = Math.min(days, Duration.between(now, each.getNotAfter().toInstant()).toDays());
      }
    }
    return Math.max(0, days);
  }

  /** Frees everything; no connection is accepted or made any more. */
  @Override
  public void close() {
    FileWatch watching = watch;
    if (watching != null) {
      watching.close();
    }
    all.forEach(Renewable::close);
    all.clear();
  }
}
