package io.weft.admin;

import java.util.List;

/** The pages about the endpoints: home, help, and the answer to an unknown path. */
final class HomePage {
  private HomePage() {}

  static Reply help(List<Endpoint> endpoints) {
    return Reply.text("admin commands are:\n" + list(endpoints));
  }

  static Reply notFound(List<Endpoint> endpoints) {
    return Reply.text(404, "invalid path. admin commands are:\n" + list(endpoints));
  }

  private static String list(List<Endpoint> endpoints) {
    var out = new StringBuilder();
    for (var endpoint : endpoints) {
      out.append("  ").append(endpoint.path());
      out.append(endpoint.changes() ? " (POST): " : ": ").append(endpoint.help()).append('\n');
    }
    return out.toString();
  }

  /**
   * A table of links and, for what changes something, buttons. No script and nothing from
   * elsewhere.
   */
  static Reply home(List<Endpoint> endpoints) {
    var out =
        new StringBuilder(
            """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Weft admin</title>
            <style>
            body { font: 15px sans-serif; margin: 2em; color: #222 }
            td { padding: .3em 1em .3em 0; vertical-align: top }
            button { font: inherit; cursor: pointer }
            </style></head><body>
            <h1>Weft admin</h1>
            <table>
            """);
    for (var endpoint : endpoints) {
      var path = endpoint.path().substring(1); // relative: works behind a prefix
      out.append("<tr><td>");
      if (endpoint.changes()) {
        out.append("<form method=\"post\" action=\"").append(path).append("\"><button>");
        out.append(path).append("</button></form>");
      } else {
        out.append("<a href=\"").append(path.isEmpty() ? "." : path).append("\">");
        out.append(path.isEmpty() ? "home" : path).append("</a>");
      }
      out.append("</td><td>").append(endpoint.help()).append("</td></tr>\n");
    }
    out.append("</table></body></html>\n");
    var page = out.toString();
    return new Reply(
        200,
        Reply.HTML,
        body -> body.write(page.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }
}
