"""Load: wrk for as much as goes, h2load for a fixed rate, raw sockets for idle connections; strace to count."""
import os
import re
import signal
import socket
import statistics
import subprocess
import time

from . import processes

BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.5", "Accept-Encoding": "gzip, deflate, br, zstd", "DNT": "1",
    "Upgrade-Insecure-Requests": "1", "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none",
    "Cookie": "session=6a1f0c6e2b7d4b0f9d3c5e8a7b6c5d4e; theme=dark; lang=en", "Cache-Control": "max-age=0",
}
POST = """
wrk.method = "POST"
wrk.body = string.rep("x", %d)
wrk.headers["Content-Type"] = "application/octet-stream"
"""
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


class Result(dict):
    """What one run of load gave: requests, errors, seconds, p50 and p99 in seconds, user and kernel seconds of the proxy."""


def seconds(text):
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(value) * UNITS[unit]


def measured(proxy, run):
    """Runs the load and adds what CPU time the proxy spent on it."""
    user, kernel = proxy.cpu()
    start = time.monotonic()
    result = run()
    result.setdefault("seconds", time.monotonic() - start)
    after = proxy.cpu()
    result["user"], result["kernel"] = after[0] - user, after[1] - kernel
    return result


def wrk(url, connections, duration, cores, headers=None, post=None, work="/tmp", priority=0):
    """As many requests as the connections carry, one at a time each."""
    command = ["taskset", "-c", ",".join(map(str, cores)), "nice", "-n", str(priority), processes.need("wrk", "wrk"),
               "-t1", "-c%d" % connections, "-d%ds" % duration, "--timeout", "30s", "--latency"]
    for name, value in (headers or {}).items():
        command += ["-H", "%s: %s" % (name, value)]
    if post:
        script = os.path.join(work, "post-%d.lua" % post)
        with open(script, "w") as f:
            f.write(POST % post)
        command += ["-s", script]
    out = subprocess.run(command + [url], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
    result = Result(requests=int(re.search(r"(\d+) requests in", out)[1]), errors=0,
                    rate=float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]))
    for name, mark in (("p50", "50%"), ("p99", "99%")):
        found = re.search(re.escape(mark) + r"\s+([\d.]+(?:us|ms|s|m))", out)
        result[name] = seconds(found[1]) if found else None
    for pattern in (r"Non-2xx or 3xx responses: (\d+)", r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)"):
        found = re.search(pattern, out)
        if found:
            result["errors"] += sum(map(int, found.groups()))
    return result


def paced(url, connections, rate, duration, cores, work, requests=None, priority=0):
    """A fixed rate of requests, spread over the connections (h2load); percentiles from its log of every request."""
    log = os.path.join(work, "h2load.log")
    if os.path.exists(log):
        os.remove(log)
    command = ["taskset", "-c", ",".join(map(str, cores)), "nice", "-n", str(priority), processes.need("h2load", "nghttp2-client"), "--h1", "-t1",
               "-c%d" % connections, "--rps", "%.3f" % (rate / connections), "--log-file", log]
    command += ["-n%d" % requests] if requests else ["-D%d" % duration, "--warm-up-time", "1"]
    start = time.monotonic()
    subprocess.run(command + [url], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    took = time.monotonic() - start
    times, errors, first, last = [], 0, None, 0
    with open(log) as f:
        for line in f:
            begin, status, micros = line.split("\t")[:3]
            begin = int(begin)
            first = begin if first is None or begin < first else first
            last = max(last, begin)
            if status.startswith("2"):
                times.append(int(micros))
            else:
                errors += 1
    times.sort()
    pick = (lambda q: times[min(len(times) - 1, int(len(times) * q))] / 1e6) if times else (lambda q: None)
    span = max(1e-6, (last - (first or 0)) / 1e6)
    return Result(requests=len(times), errors=errors, seconds=took, rate=len(times) / span, p50=pick(0.50), p99=pick(0.99))


def system_calls(proxy, run):
    """(calls by name, the run's result) of everything the proxy's threads ask of the kernel while the load runs."""
    out = os.path.join("/tmp", "strace-%d" % os.getpid())
    command = [processes.need("strace", "strace"), "-f", "-c", "-q", "-o", out]
    for pid in proxy.tree():
        command += ["-p", str(pid)]
    tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    time.sleep(1.0)  # strace says nothing when it has attached to the last thread
    try:
        result = run()
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(30)
    calls = {}
    with open(out) as f:
        for line in f:
            fields = line.split()
            if len(fields) >= 5 and fields[0].replace(".", "").isdigit() and fields[-1] != "total":
                calls[fields[-1]] = int(fields[3])
    os.remove(out)
    return calls, result


class IdleConnections:
    """Connections that have had one answer each and then say nothing."""

    def __init__(self, port, count, path="/"):
        self.sockets = []
        request = ("GET %s HTTP/1.1\r\nHost: idle.test\r\n\r\n" % path).encode()
        for start in range(0, count, 200):
            batch = []
            for _ in range(min(200, count - start)):
                s = socket.create_connection(("127.0.0.1", port), 10)
                s.sendall(request)
                batch.append(s)
            for s in batch:
                self.read_answer(s)
            self.sockets += batch

    @staticmethod
    def read_answer(s):
        data = b""
        while b"\r\n\r\n" not in data:
            data += IdleConnections.some(s)
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?im)^content-length:\s*(\d+)", head)[1])
        while len(body) < length:
            body += IdleConnections.some(s)

    @staticmethod
    def some(s):
        data = s.recv(65536)
        if not data:
            raise RuntimeError("the proxy closed a connection")
        return data

    def close(self):
        for s in self.sockets:
            s.close()


def median(values):
    values = [v for v in values if v is not None]
    return statistics.median(values) if values else None
