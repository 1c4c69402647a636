#!/usr/bin/env python3
"""HTTP/2 against target/weft: .ci/http2.py attack PATH/http2/attack.py [--tls] | .ci/http2.py h2spec PROGRAM [--tls] [--twice]

In clear text, or over TLS; --twice puts a second Weft behind the first, with HTTP/2 over TLS between them. A failed
case fails, whether the kit calls it "must" or "should". h2spec runs strict.
"""
import http.server
import re
import subprocess
import sys
import tempfile
import threading

import steps
from lib import processes, proxies


# The kit asks a server that it has named localhost for kit.test, which edge answers with 421: here it names none.
# And its reading thread acknowledges the server's SETTINGS whenever they come, also between a HEADERS frame and its
# CONTINUATION, which RFC 9113 section 6.10 has the server refuse: here a connection is handed out once that is done.
ADAPTED = """
import os, runpy, ssl, sys
secured = ssl.SSLContext.wrap_socket
ssl.SSLContext.wrap_socket = lambda context, socket, **options: secured(context, socket, **{**options, "server_hostname": None})
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
import h2
opened = h2.Conn.__init__
def open_and_settle(conn, *arguments, **options):
    opened(conn, *arguments, **options)
    if conn.reading and conn.auto_ack and options.get("preface", True):
        conn.wait(lambda: conn.settings_acks > 0, 1.0)
h2.Conn.__init__ = open_and_settle
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def attack(weft, kit, port, upstream_port, tls):
    out = run([sys.executable, "-c", ADAPTED, kit, "--port", str(port), "--upstream-port", str(upstream_port), "--pid", str(weft.pid)] + (["--tls"] if tls else []))
    counts = re.findall(r"(\d+) passed, (\d+) failed", out)
    if len(counts) < 2:
        return 0, 1
    return sum(int(p) for p, _ in counts), sum(int(f) for _, f in counts)


class Answer(http.server.BaseHTTPRequestHandler):
    """The host behind h2spec: reads what it is sent and answers."""
    protocol_version = "HTTP/1.1"

    def do_any(self):
        if self.headers.get("transfer-encoding"):
            while int(self.rfile.readline().split(b";")[0], 16) > 0:
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
        else:
            self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(200)
        self.send_header("content-length", "1024")
        self.end_headers()
        self.wfile.write(b"x" * 1024 if self.command != "HEAD" else b"")

    do_GET = do_POST = do_HEAD = do_OPTIONS = do_any

    def log_message(self, *_):
        pass


def h2spec(_, program, port, upstream_port, tls):
    with http.server.ThreadingHTTPServer(("127.0.0.1", upstream_port), Answer) as upstream:
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        out = run([program, "-h", "127.0.0.1", "-p", str(port), "-S", "-o", "3"] + (["-t", "-k"] if tls else []))
        upstream.shutdown()
    found = re.search(r"(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed", out)
    if not found:
        return 0, 1
    total, passed, _, _ = (int(n) for n in found.groups())
    return passed, total - passed


def run(command):
    out = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False).stdout
    print(out)
    return out


def main():
    what, program = sys.argv[1:3]
    tls, twice = "--tls" in sys.argv[3:], "--twice" in sys.argv[3:]
    port, admin_port, between, upstream_port = processes.free_ports(4)
    codec, of = {"attack": ("AUTO", attack), "h2spec": ("HTTP2", h2spec)}[what]
    common = {"concurrency": 0, "upstream_timeout": "3s", "headers_timeout": "5s"}
    started = []
    with tempfile.TemporaryDirectory(prefix="weft-http2-") as work:
        pair = proxies.certificate(work) if tls or twice else None
        try:
            if twice:
                started.append(proxies.Weft(defaults="edge").start(work, None, upstream_port, between, None, name="second", tls=pair, **common))
            weft = proxies.Weft(defaults="edge").start(
                work, None, between if twice else upstream_port, port, None, admin_port=admin_port, codec=codec, tls=pair if tls else None,
                origin_tls=pair[0] if twice else None, h2_upstream=twice, **common)
            started.append(weft)
            passed, failed = of(weft, program, port, upstream_port, tls)
            survived = all(each.alive() for each in started)
        finally:
            status = [each.stop(seconds=60) for each in reversed(started)]
    if not survived or any(status):
        failed += 1
        print("FAILED: Weft ended with status %s: %s" % (status, [each.said() for each in started]))
    return steps.close(passed, failed)


if __name__ == "__main__":
    sys.exit(main())
