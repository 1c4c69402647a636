package io.weft.route;

import com.google.re2j.PatternSyntaxException;
import io.weft.http.HeaderName;
import io.weft.schema.Message;
import io.weft.schema.Problems;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads what a route makes of host and path, and redirects. Runs on the main thread. */
final class RewriteReader {
  private final Problems problems;

  RewriteReader(Problems problems) {
    this.problems = problems;
  }

  /**
   * What a {@code RouteAction} makes of host and path.
   *
   * @param match of its route; null if it could not be read
   */
  Rewrite read(Message action, @Nullable PathMatch match) {
    atMostOne(action, List.of("prefix_rewrite", "regex_rewrite", "path_rewrite_policy"));
    if (!action.string("prefix_rewrite").isEmpty()
        && match != null
        && match.kind() == PathMatch.Kind.TEMPLATE) {
      problems.error(
          action.place("prefix_rewrite"),
          "the route matches a template (expected: path_rewrite_policy)");
    }
    String header = action.string("host_rewrite_header");
    if (!header.isEmpty() && !ActionReader.isName(header)) {
      problems.error(
          action.place("host_rewrite_header"), "'" + header + "' (expected: the name of a header)");
      header = "";
    }
    var rewrite =
        new Rewrite(
            prefix(action),
            regex(action.message("regex_rewrite")),
            template(action, match),
            Rewrite.bytes(action.string("host_rewrite_literal")),
            header.isEmpty() ? null : HeaderName.of(header),
            regex(action.message("host_rewrite_path_regex")),
            action.bool("auto_host_rewrite"),
            action.bool("append_x_forwarded_host"));
    return rewrite.equals(Rewrite.NONE) ? Rewrite.NONE : rewrite;
  }

  private void atMostOne(Message action, List<String> fields) {
    String first = null;
    for (String field : fields) {
      if (!action.has(field)) {
        continue;
      }
      if (first != null) {
        problems.error(action.place(field), "stands beside " + first + " (expected: one of them)");
      }
      first = field;
    }
  }

  private static @Nullable String prefix(Message action) {
    String prefix = action.string("prefix_rewrite");
    return prefix.isEmpty() ? null : Rewrite.bytes(prefix);
  }

  /** A {@code RegexMatchAndSubstitute}. */
  @Nullable Substitution regex(@Nullable Message rewrite) {
    Message pattern = rewrite == null ? null : rewrite.message("pattern");
    if (rewrite == null || pattern == null) {
      return null;
    }
    try {
      return Substitution.of(pattern.string("regex"), rewrite.string("substitution"));
    } catch (PatternSyntaxException e) {
      problems.error(
          pattern.place("regex"),
          "'" + pattern.string("regex") + "': " + e.getDescription() + " (expected: RE2 syntax)");
    } catch (IllegalArgumentException e) {
      problems.error(rewrite.place("substitution"), String.valueOf(e.getMessage()));
    }
    return null;
  }

  private UriTemplate.@Nullable Rewriting template(Message action, @Nullable PathMatch match) {
    Message extension = action.message("path_rewrite_policy");
    Message typed = extension == null ? null : extension.any("typed_config");
    if (typed == null || match == null) {
      return null;
    }
    if (match.kind() != PathMatch.Kind.TEMPLATE) {
      problems.error(
          action.place("path_rewrite_policy"),
          "the route matches no template (expected: path_match_policy beside it)");
      return null;
    }
    try {
      return UriTemplate.of(match.text()).to(typed.string("path_template_rewrite"));
    } catch (IllegalArgumentException e) {
      problems.error(typed.place("path_template_rewrite"), String.valueOf(e.getMessage()));
      return null;
    }
  }

  /** A {@code RedirectAction}. */
  ActionConfig.Redirect redirect(Message redirect) {
    int status =
        switch (redirect.enumName("response_code")) {
          case "FOUND" -> 302;
          case "SEE_OTHER" -> 303;
          case "TEMPORARY_REDIRECT" -> 307;
          case "PERMANENT_REDIRECT" -> 308;
          default -> 301;
        };
    long port = redirect.integer("port_redirect");
    if (port > 65_535) {
      problems.error(redirect.place("port_redirect"), port + " (expected: at most 65535)");
    }
    String scheme =
        redirect.bool("https_redirect")
            ? "https"
            : redirect.string("scheme_redirect").toLowerCase(Locale.ROOT);
    return new ActionConfig.Redirect(
        status,
        Rewrite.bytes(scheme),
        Rewrite.bytes(redirect.string("host_redirect")),
        (int) port,
        Rewrite.bytes(redirect.string("path_redirect")),
        Rewrite.ofPath(prefix(redirect), regex(redirect.message("regex_rewrite")), null),
        redirect.bool("strip_query"));
  }
}
