package io.weft.admin;

import io.weft.runtime.Drain;
import java.util.LinkedHashMap;
import java.util.List;

/** What the process is, how it is, and how it ends. */
final class ServerEndpoints {
  private final AdminSources sources;

  ServerEndpoints(AdminSources sources) {
    this.sources = sources;
  }

  List<Endpoint> all() {
    return List.of(
        ready(),
        Endpoint.shows("/server_info", "print server version/status information", this::info),
        Endpoint.shows("/memory", "print current allocation/heap usage", this::memory),
        Endpoint.shows(
            "/hot_restart_version",
            "print the hot restart compatibility version",
            _ -> Reply.text("disabled")),
        Endpoint.changes(
            "/healthcheck/fail", "cause the server to fail health checks", this::failHealthCheck),
        Endpoint.changes(
            "/healthcheck/ok", "cause the server to pass health checks", this::passHealthCheck),
        Endpoint.changes("/reopen_logs", "reopen access logs", this::reopenLogs),
        Endpoint.changes("/drain_listeners", "drain listeners", this::drainListeners),
        Endpoint.changes("/quitquitquit", "exit the server", this::quit));
  }

  Endpoint ready() {
    return Endpoint.shows(
        "/ready",
        "print server state, return 200 if LIVE, otherwise return 503",
        _ -> {
          var state = sources.drain().state();
          return Reply.text(state == Drain.State.LIVE ? 200 : 503, state + "\n");
        });
  }

  private Reply info(Query query) {
    var uptime = sources.serverStats().uptime().toSeconds() + "s";
    var tree = new LinkedHashMap<String, Object>();
    tree.put("version", sources.version());
    tree.put("state", sources.drain().state().name());
    tree.put("hot_restart_version", "disabled");
    tree.put("command_line_options", sources.commandLineOptions());
    tree.put("node", sources.node());
    tree.put("uptime_current_epoch", uptime);
    tree.put("uptime_all_epochs", uptime);
    return Reply.json(tree);
  }

  private Reply memory(Query query) {
    var memory = sources.serverStats().memory();
    var tree = new LinkedHashMap<String, Object>();
    tree.put("allocated", Long.toString(memory.allocatedBytes()));
    tree.put("heap_size", Long.toString(memory.heapBytes()));
    return Reply.json(tree);
  }

  private Reply failHealthCheck(Query query) {
    sources.drain().failHealthCheck();
    return Reply.ok();
  }

  private Reply passHealthCheck(Query query) {
    sources.drain().passHealthCheck();
    return Reply.ok();
  }

  private Reply drainListeners(Query query) throws Query.BadQueryException {
    boolean graceful = query.has("graceful");
    boolean skipExit = query.has("skip_exit");
    if (skipExit && !graceful) {
      throw new Query.BadQueryException("skip_exit requires graceful");
    }
    sources.drainListeners(
        new AdminSources.DrainListeners(query.has("inboundonly"), graceful, skipExit));
    return Reply.ok();
  }

  private Reply reopenLogs(Query query) {
    sources.reopenLogs();
    return Reply.ok();
  }

  private Reply quit(Query query) {
    sources.quit();
    return Reply.ok();
  }
}
