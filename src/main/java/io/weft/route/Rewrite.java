package io.weft.route;

import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a route makes of host and path before a request goes upstream. Immutable and shared.
 *
 * @param prefix takes the place of what the route matched, one character a byte; null for none
 * @param regex changes the path; null for none
 * @param template changes the path; null for none
 * @param host the new host, one character a byte; empty for none
 * @param hostHeader the request header with the new host; null for none
 * @param hostRegex makes the new host of the path; null for none
 * @param autoHost whether the host is that of the chosen endpoint
 * @param appendForwardedHost whether x-forwarded-host gets the old host
 */
public record Rewrite(
    @Nullable String prefix,
    @Nullable Substitution regex,
    UriTemplate.@Nullable Rewriting template,
    String host,
    @Nullable HeaderName hostHeader,
    @Nullable Substitution hostRegex,
    boolean autoHost,
    boolean appendForwardedHost) {
  /** No change. */
  public static final Rewrite NONE = new Rewrite(null, null, null, "", null, null, false, false);

  /** Changes of the path alone. */
  public static Rewrite ofPath(
      @Nullable String prefix,
      @Nullable Substitution regex,
      UriTemplate.@Nullable Rewriting template) {
    return prefix == null && regex == null && template == null
        ? NONE
        : new Rewrite(prefix, regex, template, "", null, null, false, false);
  }

  /** The same with another host. */
  public Rewrite withHost(String literal) {
    return new Rewrite(prefix, regex, template, literal, null, null, false, appendForwardedHost);
  }

  /** Whether the path is changed. */
  public boolean changesPath() {
    return prefix != null || regex != null || template != null;
  }

  /** Whether the host is changed before an endpoint is chosen. */
  public boolean changesHost() {
    return !host.isEmpty() || hostHeader != null || hostRegex != null;
  }

  /**
   * The path with its query after the change.
   *
   * @param matched how the route looked at the path
   */
  String path(String path, PathMatch matched) {
    int end = VirtualHost.pathEnd(path);
    if (prefix != null) {
      return prefix + path.substring(Math.min(matched.matchedLength(end), path.length()));
    }
    if (regex != null) {
      return bytes(regex.replaceAll(text(path.substring(0, end)))) + path.substring(end);
    }
    return template == null
        ? path
        : bytes(template.of(text(path.substring(0, end)))) + path.substring(end);
  }

  /** The request as it goes upstream. */
  Request apply(Request request, PathMatch matched, boolean originals) {
    Request changed = request;
    if (changesHost()) {
      String host = host(request);
      if (!host.isEmpty()) {
        changed = withHost(changed, host, originals);
      }
    }
    if (changesPath()) {
      if (originals) {
        changed.headers().set(HeaderName.X_ENVOY_ORIGINAL_PATH, request.path());
      }
      changed = changed.withPath(path(request.path(), matched));
    }
    return changed;
  }

  private String host(Request request) {
    if (!host.isEmpty()) {
      return host;
    }
    if (hostHeader != null) {
      String named = request.headers().first(hostHeader);
      return named == null ? "" : named;
    }
    String path = request.path();
    return hostRegex == null
        ? ""
        : bytes(hostRegex.replaceAll(text(path.substring(0, VirtualHost.pathEnd(path)))));
  }

  /** The request for another host; the old one is kept in headers. */
  public Request withHost(Request request, String other, boolean originals) {
    Headers headers = request.headers();
    String old = request.authority();
    if (appendForwardedHost && !old.isEmpty()) {
      String before = headers.first(HeaderName.X_FORWARDED_HOST);
      if (before == null || !isLast(before, old)) {
        headers.set(HeaderName.X_FORWARDED_HOST, before == null ? old : before + "," + old);
      }
    }
    if (originals && !headers.contains(HeaderName.X_ENVOY_ORIGINAL_HOST)) {
      headers.set(HeaderName.X_ENVOY_ORIGINAL_HOST, old);
    }
    return request.withAuthority(other);
  }

  private static boolean isLast(String list, String host) {
    return list.endsWith(host)
        && (list.length() == host.length()
            || list.charAt(list.length() - host.length() - 1) == ',');
  }

  /** A text of the configuration as headers and paths hold it: one character a byte. */
  static String bytes(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** The characters that the bytes of a path mean. */
  static String text(String path) {
    for (int i = 0; i < path.length(); i++) {
      if (path.charAt(i) > 127) {
        return new String(path.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
      }
    }
    return path;
  }
}
