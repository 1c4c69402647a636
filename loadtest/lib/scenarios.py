"""What compare measures, one function a scenario, and the bars Weft is held to."""
import json
import os
import re
import signal
import subprocess
import time
import urllib.request

from . import load, processes, proxies

MICRO = 1e6


class Running:
    """A started proxy and where it listens."""

    def __init__(self, label, proxy, port, tcp_port, admin_port, secure=False):
        self.label, self.proxy, self.port, self.tcp_port, self.admin_port = label, proxy, port, tcp_port, admin_port
        self.secure = secure

    def url(self, path="/", tcp=False):
        return "%s://127.0.0.1:%d%s" % ("https" if self.secure else "http", self.tcp_port if tcp else self.port, path)


class Bench:
    """The contenders, the origin, and every result so far."""

    def __init__(self, contenders, work, proxy_cores, load_cores, rounds, seconds, warmup):
        self.contenders, self.work = contenders, work
        self.proxy_cores, self.load_cores = proxy_cores, load_cores
        self.rounds, self.seconds, self.warmup = rounds, seconds, warmup
        self.origins = {}
        self.running = []
        self.record = {}
        self.bars = []
        self.saturation = None

    # ---- starting and ending

    def origin_port(self, h2=False):
        if h2 not in self.origins:
            port = processes.free_ports(1)[0]
            self.origins[h2] = (port, proxies.origin(self.work, port, self.load_cores, h2))
        return self.origins[h2][0]

    def stop_origins(self):
        for _, process in self.origins.values():
            process.stop()
        self.origins = {}

    def contender(self, name):
        return next((c for c in self.contenders if c.name == name), None)

    def start(self, contender, label=None, cores=None, origin=None, **config):
        """Starts a proxy, in front of the usual origin or of the one at this port."""
        port, tcp_port, admin_port = processes.free_ports(3)
        label = label or contender.name
        if contender.name == "weft":
            config.update(name=label, admin_port=admin_port)
        where = os.path.join(self.work, label)
        os.makedirs(where, exist_ok=True)
        os.chmod(where, 0o777)
        proxy = contender.start(where, cores or self.proxy_cores, origin or self.origin_port(config.get("h2_upstream", False)), port, tcp_port, **config)
        started = Running(label, proxy, port, tcp_port, admin_port, secure=bool(config.get("tls")))
        self.running.append(started)
        return started

    def start_all(self, feature="http", **config):
        return [self.start(c, **config) for c in self.contenders if feature in c.can]

    def stop(self):
        for r in self.running:
            r.proxy.stop(signal.SIGINT, 5)
        self.running = []

    # ---- measuring

    def warm_up(self, r, run):
        """Runs until a JVM has compiled what is hot: two runs in a row that cost the same, or a minute."""
        if not r.label.startswith("weft"):
            return run(r)
        start, before = time.monotonic(), None
        while time.monotonic() - start < max(60, self.warmup):
            result = load.measured(r.proxy, lambda: run(r))
            cost = (result["user"] + result["kernel"]) / max(1, result["requests"])
            if before and abs(cost / before - 1) < 0.05 and time.monotonic() - start >= self.warmup:
                return None
            before = cost
        return None

    def rounds_of(self, scenario, running, run, warm=None, rounds=None, table=True):
        """Interleaved rounds of run(Running) -> Result; prints a table, returns {label: medians}."""
        for r in running:
            self.warm_up(r, warm or run)
        results = {r.label: [] for r in running}
        for _ in range(rounds or self.rounds):
            for r in running:
                results[r.label].append(load.measured(r.proxy, lambda r=r: run(r)))
        self.record[scenario] = results
        medians = {}
        for label, rows in results.items():
            m = {key: load.median([row[key] for row in rows]) for key in ("rate", "p50", "p99")}
            for key in ("user", "kernel"):
                m[key] = load.median([row[key] * MICRO / max(1, row["requests"]) for row in rows])
            m["cpu"] = load.median([(row["user"] + row["kernel"]) * MICRO / max(1, row["requests"]) for row in rows])
            m["errors"] = sum(row["errors"] for row in rows)
            totals = sorted((row["user"] + row["kernel"]) * MICRO / max(1, row["requests"]) for row in rows)
            m["range"] = (totals[0], totals[-1])
            p99s = sorted(row["p99"] for row in rows if row["p99"] is not None)
            m["p99 range"] = (p99s[0], p99s[-1]) if p99s else (None, None)
            medians[label] = m
        if table:
            self.table(medians)
        return medians

    def table(self, medians):
        print("   %-14s %9s %8s %7s %7s %15s %8s %8s %7s" % ("", "requests/s", "cpu", "user", "kernel", "cpu range", "p50 ms", "p99 ms", "errors"))
        for label, m in medians.items():
            ms = lambda v: "%8.3f" % (v * 1e3) if v is not None else "       -"  # noqa: E731
            print("   %-14s %9.0f %8.2f %7.2f %7.2f %15s %s %s %7d" % (
                label, m["rate"], m["cpu"], m["user"], m["kernel"], "%.2f-%.2f" % m["range"], ms(m["p50"]), ms(m["p99"]), m["errors"]))
        weft = medians.get("weft")
        for peer in ("haproxy", "nginx"):
            if weft and peer in medians:
                print("   weft / %-7s cpu %.2f, user %.2f, kernel %.2f, requests/s %.2f" % (
                    peer, *(weft[k] / medians[peer][k] if medians[peer][k] else float("nan") for k in ("cpu", "user", "kernel", "rate"))), flush=True)

    def better(self, medians, key="cpu"):
        """The ratio to the better of the others."""
        ratios = [r for r in (self.ratio(medians, peer, key) for peer in ("haproxy", "nginx")) if r is not None]
        return max(ratios) if ratios else None

    def ratio(self, medians, peer, key="cpu"):
        if "weft" not in medians or peer not in medians or not medians[peer][key]:
            return None
        return medians["weft"][key] / medians[peer][key]

    def bar(self, what, value, limit, unit=""):
        """Holds a figure against the most it may be."""
        if value is None:
            return
        self.bars.append({"what": what, "value": value, "limit": limit, "ok": value <= limit})
        print("   %-58s %8.2f%s (at most %g): %s" % (what, value, unit, limit, "ok" if value <= limit else "MISSED"), flush=True)

    def verdicts(self):
        """Prints what was held and what was missed; the number of misses."""
        self.record["bars"] = self.bars
        missed = [b for b in self.bars if not b["ok"]]
        if self.bars:
            print("\n%d of %d bars held%s" % (len(self.bars) - len(missed), len(self.bars), "" if not missed else "; missed:"))
            for b in missed:
                print("   %-58s %8.2f (at most %g)" % (b["what"], b["value"], b["limit"]))
        return len(missed)

    def half_rate(self):
        """Half of the requests per second at which HAProxy's core is full."""
        if self.saturation is None:
            haproxy = self.contender("haproxy")
            started = self.start(haproxy, "saturation")
            rates = [self.wrk(started, 64, seconds=2)["rate"] for _ in range(3)]
            started.proxy.stop()
            self.running.remove(started)
            self.saturation = load.median(rates)
        return self.saturation / 2

    def wrk(self, r, connections, path="/", seconds=None, tcp=False, **options):
        return load.wrk(r.url(path, tcp), connections, seconds or self.seconds, self.load_cores, work=self.work, **options)

    def closed_loop(self, scenario, connections, path="/", feature="http", **options):
        running = self.start_all(feature)
        tcp = feature == "tcp"
        return self.rounds_of(scenario, running, lambda r: self.wrk(r, connections, path, tcp=tcp, **options))


def fetch(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


# ---- the scenarios, in the order of the list


def keepalive64(bench):
    """64 kept connections, 1 KiB responses"""
    m = bench.closed_loop("keepalive64", 64)
    bench.bar("64 connections, user CPU / HAProxy", bench.ratio(m, "haproxy", "user"), 0.55)
    bench.bar("64 connections, CPU / HAProxy", bench.ratio(m, "haproxy"), 0.85)
    bench.bar("64 connections, CPU / nginx", bench.ratio(m, "nginx"), 0.85)


def keepalive1(bench):
    """one kept connection"""
    m = bench.closed_loop("keepalive1", 1)
    bench.bar("1 connection, CPU / HAProxy", bench.ratio(m, "haproxy"), 0.90)


def keepalive512(bench):
    """512 kept connections"""
    m = bench.closed_loop("keepalive512", 512)
    bench.bar("512 connections, CPU / HAProxy", bench.ratio(m, "haproxy"), 0.80)


def headers11(bench):
    """64 connections, the 11 headers of a browser"""
    m = bench.closed_loop("headers11", 64, headers=load.BROWSER)
    bench.bar("11 browser headers, CPU / HAProxy", bench.ratio(m, "haproxy"), 0.82)


def newconn(bench):
    """a new connection for every request, 64 at a time"""
    m = bench.closed_loop("newconn", 64, headers={"Connection": "close"})
    bench.bar("new connection a request, CPU / HAProxy", bench.ratio(m, "haproxy"), 0.95)


def tcp(bench):
    """raw TCP relay, 64 connections"""
    m = bench.closed_loop("tcp", 64, feature="tcp")
    bench.bar("raw TCP, CPU / HAProxy", bench.ratio(m, "haproxy"), 1.10)


def body64k(bench):
    """64 KiB responses, 64 connections"""
    m = bench.closed_loop("body64k", 64, "/64k")
    bench.bar("64 KiB responses, CPU / HAProxy", bench.ratio(m, "haproxy"), 0.80)


def body1m(bench):
    """1 MiB responses, 16 connections"""
    m = bench.closed_loop("body1m", 16, "/1m")
    bench.bar("1 MiB responses, CPU / HAProxy", bench.ratio(m, "haproxy"), 0.60)


def post16k(bench):
    """POST of 16 KiB, 64 connections"""
    m = bench.closed_loop("post16k", 64, "/post", post=16384)
    bench.bar("POST of 16 KiB, CPU / nginx", bench.ratio(m, "nginx"), 0.95)


def syscalls(bench):
    """system calls a request: strace -f -c over 100,000 requests, 64 connections"""
    rate = bench.half_rate()
    running = bench.start_all()
    bench.record["syscalls"] = {}
    for r in running:
        bench.warm_up(r, lambda x: bench.wrk(x, 64))
    for name, pace in (("half of HAProxy's saturation, %.0f/s" % rate, rate), ("all 64 connections busy", 1e6)):
        print("   %s:" % name)
        for r in running:
            calls, result = load.system_calls(r.proxy, lambda r=r: load.paced(
                r.url(), 64, pace, None, bench.load_cores, bench.work, requests=100000))
            per = sum(calls.values()) / max(1, result["requests"])
            most = ", ".join("%s %.2f" % (k, v / result["requests"]) for k, v in sorted(calls.items(), key=lambda kv: -kv[1])[:6])
            print("   %-10s %6.2f a request at %.0f requests/s under strace (%s)" % (r.label, per, result["rate"], most), flush=True)
            bench.record["syscalls"]["%s %s" % (r.label, name)] = calls
            if r.label == "weft":
                bench.bar("system calls a request, " + name.split(",")[0], per, 4.2)


def latency(bench):
    """latency at half of HAProxy's saturation rate, 64 connections, medians of 7 rounds"""
    rate = bench.half_rate()
    running = bench.start_all()
    print("   %.0f requests/s" % rate)
    m = bench.rounds_of("latency", running,
                        lambda r: load.paced(r.url(), 64, rate, bench.seconds, bench.load_cores, bench.work),
                        warm=lambda r: bench.wrk(r, 64), rounds=7)
    for label, row in m.items():
        print("   %-14s p99 %.3f ms, range of rounds %.3f-%.3f" % (label, row["p99"] * 1e3, *(v * 1e3 for v in row["p99 range"])))
    bench.bar("p99 at half of HAProxy's saturation / HAProxy", bench.ratio(m, "haproxy", "p99"), 2.0)


def mixed(bench):
    """200 small requests a second beside 8 endless bulk transfers"""
    running = bench.start_all()

    def run(r):
        bulk = subprocess.Popen(["taskset", "-c", ",".join(map(str, bench.load_cores)), "nice", "-n", "10", processes.need("wrk", "wrk"),
                                 "-t1", "-c8", "-d%ds" % (bench.seconds + 3), "--timeout", "60s", r.url("/bulk")],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            return load.paced(r.url(), 8, 200, bench.seconds, bench.load_cores, bench.work, priority=-10 if os.geteuid() == 0 else 0)
        finally:
            bulk.terminate()
            bulk.wait(10)

    m = bench.rounds_of("mixed", running, run, warm=lambda r: bench.wrk(r, 64), rounds=max(bench.rounds, 5), table=False)
    for label, row in m.items():
        print("   %-14s p50 %8.3f ms, p99 %8.3f ms, range of rounds %.3f-%.3f" % (label, row["p50"] * 1e3, row["p99"] * 1e3, *(v * 1e3 for v in row["p99 range"])))
    bench.bar("small beside bulk, p99 / HAProxy", bench.ratio(m, "haproxy", "p99"), 2.0)


def accesslog(bench):
    """what an access log in a file costs, 64 connections"""
    running = []
    for c in bench.contenders:
        if c.name in ("weft", "nginx") and not isinstance(c, proxies.StandIn):
            running += [bench.start(c), bench.start(c, c.name + "-log", access_log=True)]
    m = bench.rounds_of("accesslog", running, lambda r: bench.wrk(r, 64))
    for name in ("weft", "nginx"):
        if name in m:
            value = m[name + "-log"]["cpu"] / m[name]["cpu"]
            print("   %-7s with log / without: %.2f" % (name, value))
            if name == "weft":
                bench.bar("access log on / off, CPU", value, 1.15)


def routes10k(bench):
    """10,000 exact paths in one virtual host against one route, 64 connections"""
    weft = bench.contender("weft")
    if not weft or "weft" not in weft.can:
        return print("   needs Weft itself")
    path = "/service/7421/items"
    route = lambda i: {"match": {"path": "/service/%d/items" % i}, "route": {"cluster": "origin", "timeout": "0s"}}  # noqa: E731
    running = [bench.start(weft, routes=[route(7421)]), bench.start(weft, "weft-10000", routes=[route(i) for i in range(10000)])]
    m = bench.rounds_of("routes10k", running, lambda r: bench.wrk(r, 64, path))
    bench.bar("10,000 routes / one, CPU", m["weft-10000"]["cpu"] / m["weft"]["cpu"], 1.5)


def collect(r):
    """A full collection, so that garbage is not taken for memory in use."""
    java = os.readlink("/proc/%d/exe" % r.proxy.pid)
    jcmd = os.path.join(os.path.dirname(java), "jcmd")
    if os.path.basename(java) == "java" and os.path.exists(jcmd):
        subprocess.run([jcmd, str(r.proxy.pid), "GC.run"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def idle(bench):
    """memory of 10,000 idle kept connections, and what they do to others' latency"""
    bench.record["idle"] = {}
    for r in bench.start_all(connections=12000):
        bench.warm_up(r, lambda x: bench.wrk(x, 64))
        load.IdleConnections(r.port, 2000).close()  # tables and pools at the size of their first use
        time.sleep(1)
        collect(r)
        before = r.proxy.rss()
        alone = load.median([load.paced(r.url(), 8, 500, 2, bench.load_cores, bench.work)["p99"] for _ in range(5)])
        connections = load.IdleConnections(r.port, 10000)
        time.sleep(1)
        collect(r)
        each = (r.proxy.rss() - before) / 10000
        beside = load.median([load.paced(r.url(), 8, 500, 2, bench.load_cores, bench.work)["p99"] for _ in range(5)])
        connections.close()
        print("   %-8s %6.0f bytes a connection; p99 of 500 requests/s %.3f ms alone, %.3f ms beside them" % (r.label, each, alone * 1e3, beside * 1e3), flush=True)
        bench.record["idle"][r.label] = {"bytes": each, "p99 alone": alone, "p99 beside": beside}
        if r.label == "weft":
            bench.bar("RSS of an idle connection, bytes", each, 1024)
            bench.bar("p99 beside 10,000 idle connections / alone", beside / alone, 1.25)


def scrape(bench):
    """/stats/prometheus read ten times a second, 10,000 clusters, at half of HAProxy's saturation rate"""
    weft = bench.contender("weft")
    if not weft or "weft" not in weft.can:
        return print("   needs Weft itself")
    rate = bench.half_rate()
    r = bench.start(weft, clusters=10000)
    bench.warm_up(r, lambda x: bench.wrk(x, 64))
    sizes = []

    def scraping(path):
        url = "http://127.0.0.1:%d%s" % (r.admin_port, path)
        scraper = subprocess.Popen(
            ["taskset", "-c", ",".join(map(str, bench.load_cores)), "python3", "-c",
             "import sys,time,urllib.request\nwhile True:\n t=time.monotonic()\n n=len(urllib.request.urlopen(sys.argv[1]).read())\n"
             " print(n,time.monotonic()-t,flush=True)\n time.sleep(max(0,0.1-(time.monotonic()-t)))", url],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            return load.measured(r.proxy, lambda: load.paced(r.url(), 64, rate, bench.seconds, bench.load_cores, bench.work))
        finally:
            scraper.terminate()
            sizes.append((path, scraper.communicate()[0].split("\n")[:-1]))

    quiet, used, every = [], [], []
    scraping("/stats/prometheus?usedonly")  # warm
    for _ in range(bench.rounds):
        quiet.append(load.measured(r.proxy, lambda: load.paced(r.url(), 64, rate, bench.seconds, bench.load_cores, bench.work)))
        used.append(scraping("/stats/prometheus?usedonly"))
        every.append(scraping("/stats/prometheus"))
    per = lambda rows: load.median([(x["user"] + x["kernel"]) * MICRO / max(1, x["requests"]) for x in rows])  # noqa: E731
    p99 = lambda rows: (load.median([x["p99"] for x in rows]) or 0) * 1e3  # noqa: E731
    for name, rows in (("no scrape", quiet), ("usedonly", used), ("everything", every)):
        print("   %-12s cpu %7.2f us a request, p99 %.3f ms" % (name, per(rows), p99(rows)))
    for path, lines in sizes[-2:]:
        if lines:
            print("   %s: %d answers of %s bytes" % (path, len(lines), lines[-1].split()[0]))
    bench.record["scrape"] = {"quiet": quiet, "usedonly": used, "everything": every}
    bench.bar("scraping used statistics at 10 Hz / not, CPU", per(used) / per(quiet), 1.05)
    bench.bar("scraping all statistics at 10 Hz / not, CPU", per(every) / per(quiet), 1.05)


def first_answer(started, port):
    """Seconds from the start of a process to its first answer on the port."""
    request = b"GET / HTTP/1.1\r\nHost: first.test\r\nConnection: close\r\n\r\n"
    import socket
    while time.monotonic() - started < 60:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as s:
                s.sendall(request)
                if s.recv(64).startswith(b"HTTP/1.1 200"):
                    return time.monotonic() - started
        except OSError:
            pass
        time.sleep(0.001)
    raise RuntimeError("no answer within 60 s")


def startup(bench):
    """time to the first answer against a JVM that prints one line; memory after the start and after load"""
    weft = bench.contender("weft")
    bench.record["startup"] = rows = {}
    jdk = java_home()
    hello = os.path.join(bench.work, "Hello.java")
    with open(hello, "w") as f:
        f.write('public class Hello { public static void main(String[] a) { System.out.println("hello"); } }')
    subprocess.run([jdk + "/bin/javac", "-d", bench.work, hello], check=True)
    plain = "-XX:-AutoCreateSharedArchive -XX:SharedArchiveFile=%s/lib/server/classes.jsa" % jdk
    rss = {}
    runs = max(7, bench.rounds)
    for _ in range(runs):
        start = time.monotonic()
        subprocess.run(["taskset", "-c", str(bench.proxy_cores[0]), jdk + "/bin/java", "-XX:+UseSerialGC", "-Xshare:auto", "-cp", bench.work, "Hello"],
                       stdout=subprocess.DEVNULL, check=True)
        rows.setdefault("one line", []).append(time.monotonic() - start)
        variants = [(c, c.name, {}) for c in bench.contenders]
        if weft and "weft" in weft.can:
            variants.append((weft, "weft-plain", {"java_opts": plain}))
        for contender, label, config in variants:
            start = time.monotonic()
            r = bench.start(contender, label, **config)
            rows.setdefault(label, []).append(first_answer(start, r.port))
            time.sleep(0.5)
            rss.setdefault(label, []).append(r.proxy.rss() / 2**20)
            if len(rows[label]) < runs:
                r.proxy.stop(signal.SIGINT)
                bench.running.remove(r)
    for label, values in rows.items():
        print("   %-12s %6.0f ms (%.0f-%.0f)%s" % (label, load.median(values) * 1e3, min(values) * 1e3, max(values) * 1e3,
                                                  ", %.0f MiB after the start" % load.median(rss[label]) if label in rss else ""))
    for r in bench.running:
        for connections, path in ((64, "/"), (512, "/"), (64, "/64k"), (16, "/1m")):
            bench.wrk(r, connections, path)
        after = r.proxy.rss() / 2**20
        print("   %-12s %6.0f MiB after load" % (r.label, after), flush=True)
        rss.setdefault(r.label, []).append(after)
        if r.label == "weft":
            bench.bar("RSS after load, MiB", after, 220)
    line = load.median(rows["one line"])
    if weft and "weft" in weft.can:
        bench.bar("first answer with archive, s after one line", load.median(rows["weft"]) - line, 0.3)
        bench.bar("first answer without archive, s after one line", load.median(rows["weft-plain"]) - line, 0.6)
        bench.bar("RSS after start with archive, MiB", load.median(rss["weft"][:runs]), 110)
        bench.bar("RSS after start without archive, MiB", load.median(rss["weft-plain"][:runs]), 150)


def java_home():
    launcher = os.path.join(proxies.HERE, "src", "main", "launcher", "jdk.sh")
    found = subprocess.run(["sh", "-c", '. "$0"; find_jdk javac && echo "$JDK"', launcher], capture_output=True, text=True, check=False).stdout.strip()
    if not found:
        raise processes.Missing("no JDK 25 found")
    return found


def allocation(bench):
    """bytes allocated on the heap a request, from the collector's log, 64 connections"""
    weft = bench.contender("weft")
    if not weft or "weft" not in weft.can:
        return print("   needs Weft itself")
    log = os.path.join(bench.work, "gc.log")
    r = bench.start(weft, java_opts="-Xlog:gc:file=%s" % log)
    bench.warm_up(r, lambda x: bench.wrk(x, 64))
    skip = os.path.getsize(log)
    requests = bench.wrk(r, 64, seconds=max(10, bench.seconds))["requests"]
    with open(log) as f:
        f.seek(skip)
        pauses = [tuple(map(int, m)) for m in re.findall(r"Pause \w+.*? (\d+)M->(\d+)M", f.read())]
    if len(pauses) < 2:
        return print("   fewer than two collections in %d requests: less than %.0f bytes a request" % (requests, 2 * 64 * 2**20 / requests))
    allocated = sum(b[0] - a[1] for a, b in zip(pauses, pauses[1:])) * 2**20 * len(pauses) / (len(pauses) - 1)
    bench.record["allocation"] = {"requests": requests, "pauses": pauses}
    bench.bar("heap bytes allocated a request", allocated / requests, 1500)


# ---- routes, each beside the plain one in the same rounds; HAProxy and nginx with their nearest form


def routing(bench):
    """a plain route beside: headers among 100, a regex, weighted clusters, retries unused, 10 header changes"""
    weft = bench.contender("weft")
    if not weft or "weft" not in weft.can:
        return print("   needs Weft itself")
    to = {"cluster": "origin", "timeout": "0s"}
    plain = {"match": {"prefix": "/"}, "route": to}

    def by_header(i):
        return {"match": {"prefix": "/", "headers": [{"name": "x-tenant", "string_match": {"exact": "tenant-%d" % i}}]}, "route": to}

    regex = {"match": {"safe_regex": {"regex": "/v[0-9]+/users/[a-z0-9]+/orders"}}, "route": to}
    weighted = {"match": {"prefix": "/"}, "route": {"timeout": "0s", "weighted_clusters": {"clusters": [
        {"name": "origin", "weight": 90}, {"name": "idle-00000", "weight": 10}]}}}
    retried = {"match": {"prefix": "/"}, "route": {**to, "retry_policy": {"retry_on": "5xx,reset,connect-failure", "num_retries": 2}}}
    changed = {**plain, "request_headers_to_add": [{"header": {"key": "x-added-%d" % i, "value": "value-%d" % i}} for i in range(5)],
               "response_headers_to_add": [{"header": {"key": "x-given-%d" % i, "value": "value-%d" % i}} for i in range(5)]}
    variants = [("plain", [plain]), ("header-100", [by_header(i) for i in range(100)] + [plain]), ("regex", [regex, plain]),
                ("weighted", [weighted]), ("retry-unused", [retried]), ("10-changes", [changed])]
    running = {name: bench.start(weft, "weft" if name == "plain" else "weft-" + name, routes=routes, clusters=1) for name, routes in variants}
    # haproxy and nginx do the nearest to the last two of their kinds: a header among 100, and ten header changes
    others = [bench.start(c, "%s-%s" % (c.name, kind), extra=kind) for c in bench.contenders if c.name in ("haproxy", "nginx")
              for kind in ("plain", "header-100", "10-changes")]

    def run(r):
        kind = r.label.partition("-")[2]
        headers = {"x-tenant": "tenant-99"} if kind == "header-100" else None
        return bench.wrk(r, 64, "/v2/users/ab12/orders" if kind == "regex" else "/", headers=headers)

    m = bench.rounds_of("routing", list(running.values()) + others, run)
    for name, r in running.items():
        if name != "plain":
            print("   %-14s %+.2f us against a plain route" % (name, m[r.label]["cpu"] - m["weft"]["cpu"]))
    for name in ("haproxy", "nginx"):
        for kind in ("header-100", "10-changes"):
            if "%s-%s" % (name, kind) in m:
                print("   %-22s %+.2f us against its plain route; Weft %.2f of it" % (
                    name + " " + kind, m["%s-%s" % (name, kind)]["cpu"] - m["%s-plain" % name]["cpu"], m["weft-" + kind]["cpu"] / m["%s-%s" % (name, kind)]["cpu"]))


# ---- TLS 1.3 with an ECDSA P-256 certificate, X25519, AES-128; HTTP/2


def tlsfull(bench):
    """a full TLS handshake, a request and its answer on each connection"""
    secured(bench, "tlsfull", lambda r: load.handshakes(r.port, False, bench.seconds, bench.load_cores), 0.80, "full TLS handshake each")


def tlsresumed(bench):
    """the same with the session of the connection before"""
    secured(bench, "tlsresumed", lambda r: load.handshakes(r.port, True, bench.seconds, bench.load_cores), 0.80, "resumed TLS handshake each")


def tlskeepalive(bench):
    """1 KiB responses over 64 kept TLS connections"""
    secured(bench, "tlskeepalive", lambda r: bench.wrk(r, 64), 0.90, "1 KiB over TLS")


def tls1m(bench):
    """1 MiB responses over 16 kept TLS connections"""
    secured(bench, "tls1m", lambda r: bench.wrk(r, 16, "/1m"), 0.75, "1 MiB over TLS")


def secured(bench, scenario, run, limit, what):
    running = bench.start_all(tls=proxies.certificate(bench.work))
    weft = bench.contender("weft")
    if weft and "weft" in weft.can:
        running.append(bench.start(weft, "weft-jdk", tls=proxies.certificate(bench.work), engine="jdk"))
    m = bench.rounds_of(scenario, running, run)
    bench.bar(what + ", CPU / the better of HAProxy and nginx", bench.better(m), limit)
    if "weft-jdk" in m:
        print("   with the JDK's engine: %.2f of that with BoringSSL" % (m["weft-jdk"]["cpu"] / m["weft"]["cpu"]))


def h2(bench):
    """HTTP/2 from clients, HTTP/1.1 to the origin: 8 connections with 32 streams each"""
    m = bench.rounds_of("h2", bench.start_all(h2=True), lambda r: load.h2load(r.url(), 8, 32, bench.seconds, bench.load_cores))
    bench.bar("HTTP/2 to HTTP/1.1, CPU / HAProxy", bench.ratio(m, "haproxy"), 0.80)


def h2tls(bench):
    """the same over TLS"""
    running = bench.start_all(h2=True, tls=proxies.certificate(bench.work))
    m = bench.rounds_of("h2tls", running, lambda r: load.h2load(r.url(), 8, 32, bench.seconds, bench.load_cores))
    bench.bar("HTTP/2 over TLS to HTTP/1.1, CPU / HAProxy", bench.ratio(m, "haproxy"), 0.80)


def h2both(bench):
    """HTTP/2 on both sides in clear text: 8 connections with 32 streams each"""
    bench.rounds_of("h2both", bench.start_all("h2 upstream", h2=True, h2_upstream=True),
                    lambda r: load.h2load(r.url(), 8, 32, bench.seconds, bench.load_cores))


def grpc(bench):
    """gRPC on both sides, grpc-java's client and server: unary calls, one connection with 64 streams at once, 1 KiB answers"""
    called(bench, "grpc", "unary")


def grpcstream(bench):
    """the same with 64 bidirectional streams, each with one message after the other"""
    called(bench, "grpcstream", "stream")


def called(bench, scenario, kind):
    grpc_java = load.Grpc(bench.work, bench.load_cores, os.path.join(java_home(), "bin", "java"), test_classpath())
    try:
        running = bench.start_all("grpc", h2=True, h2_upstream=True, origin=grpc_java.port)
        bench.rounds_of(scenario, running, lambda r: grpc_java.run(kind, r.port, 64, bench.seconds))
    finally:
        grpc_java.stop()


def test_classpath():
    """What the tests run with, compiled by Maven."""
    path = os.path.join(proxies.HERE, "target", "test.classpath")
    subprocess.run([processes.need("mvn", "maven"), "-B", "-q", "test-compile", "dependency:build-classpath", "-Dmdep.outputFile=" + path, "-Dmdep.includeScope=test"],
                   cwd=proxies.HERE, env=dict(os.environ, JAVA_HOME=java_home()), stdin=subprocess.DEVNULL, check=True)
    with open(path) as f:
        return ":".join([os.path.join(proxies.HERE, "target", "test-classes"), os.path.join(proxies.HERE, "target", "classes"), f.read().strip()])


def h2idle(bench):
    """memory of 1,000 idle HTTP/2 connections, in clear text and over TLS, and of 1,000 idle WebSocket tunnels"""
    weft = bench.contender("weft")
    tls = proxies.certificate(bench.work)
    bench.record["h2idle"] = {}

    def measure(what, running, limit, connect):
        for r in running:
            connect(r, 100).close()  # tables and pools at the size of their first use
            time.sleep(1)
            collect(r)
            before = r.proxy.rss()
            connections = connect(r, 1000)
            time.sleep(1)
            collect(r)
            each = (r.proxy.rss() - before) / 1000
            connections.close()
            print("   %-34s %-8s %7.0f bytes" % (what, r.label, each), flush=True)
            bench.record["h2idle"]["%s %s" % (what, r.label)] = each
            if r.label == "weft":
                bench.bar("RSS, %s, bytes" % what, each, limit)
        bench.stop()

    def warm(running, run):
        for r in running:
            bench.warm_up(r, run)
        return running

    h2 = lambda r: load.h2load(r.url(), 8, 32, bench.seconds, bench.load_cores)  # noqa: E731
    measure("idle HTTP/2 connection", warm(bench.start_all(h2=True), h2), 4096, lambda r, n: load.IdleHttp2(r.port, n))
    measure("idle HTTP/2 connection over TLS", warm(bench.start_all(h2=True, tls=tls), h2), 14336, lambda r, n: load.IdleHttp2(r.port, n, tls=True))
    if weft and "weft" in weft.can:
        port = processes.free_ports(1)[0]
        origin = load.tunnel_origin(bench.work, port, bench.load_cores)
        try:
            running = warm([bench.start(weft, upgrades=["websocket"], origin=port)], lambda r: bench.wrk(r, 64))
            measure("idle WebSocket tunnel", running, 6144, lambda r, n: load.IdleTunnels(r.port, n))
        finally:
            origin.stop()


ALL = {f.__name__: f for f in (keepalive64, keepalive1, keepalive512, headers11, newconn, tcp, body64k, body1m, post16k, syscalls, latency,
                               mixed, accesslog, routes10k, routing, idle, scrape, startup, allocation, tlsfull, tlsresumed,
                               tlskeepalive, tls1m, h2, h2tls, h2both, grpc, grpcstream, h2idle)}
