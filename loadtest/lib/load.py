"""Load: wrk for as much as goes, h2load for a fixed rate, raw sockets for idle connections; strace to count."""
import os
import re
import signal
import socket
import ssl
import statistics
import struct
import subprocess
import sys
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


def h2load(url, connections, streams, duration, cores):
    """As many HTTP/2 requests as the streams carry; times are the mean of h2load's own."""
    command = ["taskset", "-c", ",".join(map(str, cores)), processes.need("h2load", "nghttp2-client"), "-t1", "-c%d" % connections, "-m%d" % streams,
               "-D%d" % duration, url]
    out = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
    counts = {name: int(n) for n, name in re.findall(r"(\d+) (total|started|done|succeeded|failed|errored|timeout)", out)}
    good = int(re.search(r"status codes: (\d+) 2xx", out)[1])
    mean = re.search(r"time for request:\s+\S+\s+\S+\s+(\S+)", out)
    took = float(re.search(r"finished in ([\d.]+)s", out)[1])
    return Result(requests=good, errors=counts.get("failed", 0) + counts.get("timeout", 0), rate=good / took, seconds=took,
                  p50=seconds(mean[1]) if mean else None, p99=None)


def handshakes(port, reuse, duration, cores, clients=3):
    """Connections with a TLS 1.3 handshake, one request and its answer each, one after another per client (openssl s_time)."""
    command = ["taskset", "-c", ",".join(map(str, cores)), processes.need("openssl", "openssl"), "s_time", "-connect", "127.0.0.1:%d" % port, "-tls1_3",
               "-ciphersuites", "TLS_AES_128_GCM_SHA256", "-www", "/", "-time", str(duration), "-reuse" if reuse else "-new"]
    running = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(clients)]
    count = 0
    for r in running:
        out = r.communicate(timeout=duration + 60)[0]
        count += int(re.findall(r"(\d+) connections in \d+ real seconds", out)[-1])
    return Result(requests=count, errors=0, rate=count / duration, p50=None, p99=None)


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


class IdleHttp2(IdleConnections):
    """HTTP/2 connections that have had one answer each and then say nothing."""

    REQUEST = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + struct.pack(">BHBBL", 0, 0, 4, 0, 0)

    def __init__(self, port, count, tls=False):
        self.tls = tls
        fields = b"\x82\x84" + (b"\x87" if tls else b"\x86") + b"\x41\x09localhost"  # RFC 7541 appendix A: GET, /, scheme; :authority
        self.request = self.REQUEST + struct.pack(">BHBBL", 0, len(fields), 1, 5, 1) + fields
        self.sockets = []
        for _ in range(count):
            s = self.connect(port)
            s.sendall(self.request)
            self.read_answer(s)
            self.sockets.append(s)

    def connect(self, port):
        s = socket.create_connection(("127.0.0.1", port), 10)
        if not self.tls:
            return s
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        return context.wrap_socket(s, server_hostname="localhost")

    @staticmethod
    def read_answer(s):
        """Takes frames until the one that ends stream 1, and acknowledges the settings."""
        data = b""
        while True:
            while len(data) < 9 or len(data) < 9 + int.from_bytes(data[:3], "big"):
                data += IdleConnections.some(s)
            length, kind, flags, stream = int.from_bytes(data[:3], "big"), data[3], data[4], int.from_bytes(data[5:9], "big")
            data = data[9 + length:]
            if kind == 4 and not flags & 1:
                s.sendall(struct.pack(">BHBBL", 0, 0, 4, 1, 0))
            if kind in (3, 7):
                raise RuntimeError("the proxy refused a stream: frame type %d" % kind)
            if kind in (0, 1) and flags & 1 and stream == 1:
                return


class IdleTunnels(IdleConnections):
    """WebSocket connections on which nobody says anything."""

    def __init__(self, port, count):
        self.sockets = []
        request = b"GET / HTTP/1.1\r\nHost: idle.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
        for _ in range(count):
            s = socket.create_connection(("127.0.0.1", port), 10)
            s.sendall(request)
            head = b""
            while b"\r\n\r\n" not in head:
                head += self.some(s)
            if not head.startswith(b"HTTP/1.1 101"):
                raise RuntimeError("no tunnel: %r" % head[:60])
            self.sockets.append(s)


TUNNEL_ORIGIN = """
import asyncio, sys
async def serve(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\\r\\n\\r\\n")).lower()
            if b"upgrade: websocket" in head:
                writer.write(b"HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n")
                await reader.read(1)
                break
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 1024\\r\\n\\r\\n" + b"x" * 1024)
    except (asyncio.IncompleteReadError, OSError):
        pass
    finally:
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    await server.serve_forever()
asyncio.run(main())
"""


def tunnel_origin(work, port, cores):
    """Takes upgrades to WebSocket and then says nothing; answers anything else with 1 KiB."""
    return processes.Process("tunnels", [sys.executable, "-c", TUNNEL_ORIGIN, str(port)], cores, "%s/tunnels.log" % work).wait_for(port)


class Grpc:
    """grpc-java's client, and its server on a port of its own; both stay, so that they are compiled when it counts."""

    def __init__(self, work, cores, java, classpath):
        self.port = processes.free_ports(1)[0]
        command = [java, "-XX:+UseSerialGC", "-Xmx256m", "--enable-native-access=ALL-UNNAMED", "-cp", classpath, "io.weft.bench.GrpcLoad"]
        self.server = processes.Process("grpc", command + ["server", str(self.port)], cores, "%s/grpc.log" % work).wait_for(self.port)
        self.client = subprocess.Popen(["taskset", "-c", ",".join(map(str, cores))] + command + ["client"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True, bufsize=1)

    def run(self, kind, port, streams, duration):
        """Answers that "unary" calls, or the messages of calls that are "stream", got on one connection."""
        self.client.stdin.write("%s %d %d %g\n" % (kind, port, streams, duration))
        said = self.client.stdout.readline().split()
        if len(said) != 4:
            raise RuntimeError("the gRPC client ended")
        answers, failures, p50, p99 = map(int, said)
        return Result(requests=answers, errors=failures, rate=answers / duration, seconds=duration, p50=p50 / 1e6, p99=p99 / 1e6)

    def stop(self):
        self.client.stdin.close()
        self.client.wait(10)
        self.server.stop()


def median(values):
    values = [v for v in values if v is not None]
    return statistics.median(values) if values else None
