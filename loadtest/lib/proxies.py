"""Weft, HAProxy, nginx and the origin behind them: equal configurations, one core each.

Every proxy does what a proxy is put somewhere for: three routes, a request id, X-Forwarded-For,
kept connections to the origin, its statistics; no access log unless a scenario asks for one.
"""
import json
import os

from . import processes
from .processes import Process

HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HCM = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
TCP_PROXY = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
FILE_LOG = "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog"


def write(path, text):
    with open(path, "w") as f:
        f.write(text)
    return path


def origin(work, port, cores):
    """nginx that answers / with 1 KiB, /64k, /1m and /bulk (64 MiB) from memory, and /post once it has the whole body."""
    files = os.path.join(work, "origin")
    os.makedirs(files, exist_ok=True)
    for name, size in (("64k", 65536), ("1m", 1 << 20), ("bulk", 64 << 20)):
        with open(os.path.join(files, name), "wb") as f:
            f.write(b"x" * size)
    config = write(os.path.join(work, "origin.conf"), """
daemon off; worker_processes 1; error_log stderr error; pid %(work)s/origin.pid;
events { worker_connections 18000; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; client_max_body_size 100m; client_body_buffer_size 64k; client_body_temp_path %(work)s/origin-body;
  proxy_temp_path %(work)s/o1; fastcgi_temp_path %(work)s/o2; uwsgi_temp_path %(work)s/o3; scgi_temp_path %(work)s/o4;
  sendfile on; tcp_nopush on; open_file_cache max=16; default_type application/octet-stream;
  server { listen 127.0.0.1:%(port)d backlog=4096 reuseport; root %(files)s;
    location / { return 200 "%(text)s"; }
    location = /64k { } location = /1m { } location = /bulk { }
    location = /post { proxy_pass http://unix:%(work)s/origin.sock:/; }
  }
  server { listen unix:%(work)s/origin.sock; location / { return 200 "ok"; } }
}
""" % {"work": work, "port": port, "files": files, "text": "x" * 1024})
    return Process("origin", [processes.need("nginx", "nginx-light"), "-c", config, "-p", work], cores, work + "/origin.log").wait_for(port)


class HaProxy:
    name = "haproxy"
    can = {"http", "tcp"}

    def __init__(self):
        self.program = processes.need("haproxy", "haproxy")

    def start(self, work, cores, origin_port, port, tcp_port, **_):
        config = write(os.path.join(work, "haproxy.cfg"), """
global
  nbthread 1
  no strict-limits
  maxconn 16000
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout http-keep-alive 1h
  option http-keep-alive
  http-reuse always
frontend http
  bind 127.0.0.1:%(port)d backlog 4096
  unique-id-format %%{+X}o\\ %%ci:%%cp_%%fi:%%fp_%%Ts_%%rt:%%pid
  unique-id-header x-request-id
  option forwardfor
  use_backend api if { path_beg /api/ }
  use_backend static if { path_beg /static/ }
  default_backend origin
backend api
  server o 127.0.0.1:%(origin)d pool-max-conn -1
backend static
  server o 127.0.0.1:%(origin)d pool-max-conn -1
backend origin
  server o 127.0.0.1:%(origin)d pool-max-conn -1
listen tcp
  mode tcp
  bind 127.0.0.1:%(tcp)d backlog 4096
  server o 127.0.0.1:%(origin)d
""" % {"port": port, "tcp": tcp_port, "origin": origin_port})
        return Process(self.name, [self.program, "-db", "-f", config], cores, work + "/haproxy.log").wait_for(port)


class Nginx:
    name = "nginx"

    def __init__(self):
        self.program = processes.need("nginx", "nginx-light")
        self.stream = next((p for p in ("/usr/lib/nginx/modules/ngx_stream_module.so",) if os.path.exists(p)), None)
        self.can = {"http", "tcp"} if self.stream else {"http"}

    def start(self, work, cores, origin_port, port, tcp_port, access_log=False, **_):
        stream = """stream { upstream o { server 127.0.0.1:%d; } server { listen 127.0.0.1:%d backlog=4096; proxy_pass o; } }""" % (origin_port, tcp_port)
        log = "%s/nginx-access.log" % work if access_log else "off"
        config = write(os.path.join(work, "nginx.conf"), """
%(load)s
daemon off; worker_processes 1; error_log stderr error; pid %(work)s/nginx.pid;
events { worker_connections 18000; }
http {
  access_log %(log)s; keepalive_requests 1000000000; keepalive_timeout 1h; client_max_body_size 100m; client_body_buffer_size 64k; client_body_temp_path %(work)s/nginx-body;
  proxy_temp_path %(work)s/n1; fastcgi_temp_path %(work)s/n2; uwsgi_temp_path %(work)s/n3; scgi_temp_path %(work)s/n4;
  upstream o { server 127.0.0.1:%(origin)d; keepalive 512; keepalive_requests 1000000000; keepalive_timeout 1h; }
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
  proxy_set_header X-Request-Id $request_id; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  server { listen 127.0.0.1:%(port)d backlog=4096;
    location /api/ { proxy_pass http://o; } location /static/ { proxy_pass http://o; } location / { proxy_pass http://o; }
  }
}
%(stream)s
""" % {"load": "load_module %s;" % self.stream if self.stream else "", "stream": stream if self.stream else "",
            "work": work, "log": log, "origin": origin_port, "port": port})
        return Process(self.name, [self.program, "-c", config, "-p", work], cores, work + "/nginx.log").wait_for(port)


def weft_bootstrap(origin_port, port, tcp_port, admin_port=None, access_log=None, routes=None, clusters=0, request_timeout=None, headers_timeout=None,
                   upstream_timeout=None, idle_timeout=None, stream_idle=None, codec=None):
    """An Envoy bootstrap: an HTTP listener with three routes and, where it has a port, a TCP one, both to the origin."""
    def cluster(name):
        return {"name": name, "type": "STATIC", "connect_timeout": "5s",
                "circuit_breakers": {"thresholds": [{"max_connections": 100000, "max_pending_requests": 100000, "max_requests": 100000}]},
                "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(origin_port)}}]}]}}

    def address(p):
        return {"socket_address": {"address": "127.0.0.1", "port_value": p}}

    def listener(name, at, network_filter, settings):
        chain = {"filters": [{"name": "envoy.filters.network." + network_filter, "typed_config": settings}]}
        return {"name": name, "address": address(at), "filter_chains": [chain]}

    def to_origin(match):
        return {"match": match, "route": {"cluster": "origin", "timeout": upstream_timeout or "0s"}}

    hcm = {"@type": HCM, "stat_prefix": "ingress",
           "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes if routes is not None else
                                               [to_origin({"prefix": p}) for p in ("/api/", "/static/", "/")]}]},
           "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {"@type": ROUTER}}],
           "common_http_protocol_options": {"idle_timeout": idle_timeout or "3600s"}}
    if stream_idle:
        hcm["stream_idle_timeout"] = stream_idle
    if codec:
        hcm["codec_type"] = codec
    if request_timeout:
        hcm["request_timeout"] = request_timeout
    if headers_timeout:
        hcm["request_headers_timeout"] = headers_timeout
    if access_log:
        hcm["access_log"] = [{"name": "envoy.access_loggers.file", "typed_config": {"@type": FILE_LOG, "path": access_log}}]
    listeners = [listener("http", port, "http_connection_manager", hcm)]
    if tcp_port:
        listeners.append(listener("tcp", tcp_port, "tcp_proxy", {"@type": TCP_PROXY, "stat_prefix": "tcp", "cluster": "origin"}))
    config = {"static_resources": {"listeners": listeners, "clusters": [cluster("origin")] + [cluster("idle-%05d" % i) for i in range(clusters)]}}
    if admin_port:
        config["admin"] = {"address": address(admin_port)}
    return config


class Weft:
    name = "weft"
    can = {"http", "tcp", "weft"}

    def __init__(self, program=None, defaults="edge"):
        self.program = program or os.path.join(HERE, "target", "weft", "bin", "weft")
        self.defaults = defaults
        if not os.path.exists(self.program):
            raise processes.Missing("%s is not built: make build" % self.program)

    def start(self, work, cores, origin_port, port, tcp_port, java_opts="", concurrency=1, name="weft", **config):
        if config.get("access_log") is True:
            config["access_log"] = os.path.join(work, name + "-access.log")
        where = os.path.join(work, name)
        os.makedirs(where, exist_ok=True)
        write(os.path.join(where, "bootstrap.yaml"), json.dumps(weft_bootstrap(origin_port, port, tcp_port, **config), indent=1))
        command = [self.program, "run", "--config", where, "--defaults", self.defaults]
        if concurrency:
            command += ["--concurrency", str(concurrency)]
        return Process(name, command, cores, os.path.join(work, name + ".log"), {"WEFT_JAVA_OPTS": java_opts}).wait_for(port, 60)


class StandIn:
    """Any program in Weft's place: a command with {port}, {tcp} and {origin} in it."""
    name = "weft"
    can = {"http"}

    def __init__(self, command):
        self.command = command

    def start(self, work, cores, origin_port, port, tcp_port, name="weft", **_):
        command = self.command.format(port=port, tcp=tcp_port, origin=origin_port).split()
        return Process(name, command, cores, os.path.join(work, name + ".log")).wait_for(port)
