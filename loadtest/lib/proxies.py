"""Weft, HAProxy, nginx and the origin behind them: equal configurations, one core each.

Every proxy does what a proxy is put somewhere for: three routes, a request id, X-Forwarded-For,
kept connections to the origin, its statistics; no access log unless a scenario asks for one.
"""
import json
import os
import subprocess

from . import processes
from .processes import Process

HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HCM = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
TCP_PROXY = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
UPSTREAM_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
DOWNSTREAM_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
HTTP_OPTIONS = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
FILE_LOG = "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog"


def write(path, text):
    with open(path, "w") as f:
        f.write(text)
    return path


def certificate(work):
    """(certificate, key, both in one file): ECDSA P-256, self-signed, for localhost and 127.0.0.1."""
    crt, key, both = (os.path.join(work, "server." + end) for end in ("crt", "key", "pem"))
    if not os.path.exists(both):
        subprocess.run([processes.need("openssl", "openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", crt],
                       stdin=subprocess.DEVNULL, capture_output=True, check=True)
        with open(crt) as c, open(key) as k:
            write(both, c.read() + k.read())
        for path in (crt, key, both):
            os.chmod(path, 0o644)  # nginx's and HAProxy's workers are not root
    return crt, key, both


def origin(work, port, cores, h2=False):
    """nginx that answers / with 1 KiB, /64k, /1m and /bulk (64 MiB) from memory, and /post once it has the whole body."""
    files = os.path.join(work, "origin")
    os.makedirs(files, exist_ok=True)
    for name, size in (("64k", 65536), ("1m", 1 << 20), ("bulk", 64 << 20)):
        with open(os.path.join(files, name), "wb") as f:
            f.write(b"x" * size)
    config = write(os.path.join(work, "origin-%d.conf" % port), """
daemon off; worker_processes 1; error_log stderr error; pid %(work)s/origin-%(port)d.pid;
events { worker_connections 18000; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; client_max_body_size 100m; client_body_buffer_size 64k; client_body_temp_path %(work)s/origin-body;
  proxy_temp_path %(work)s/o1; fastcgi_temp_path %(work)s/o2; uwsgi_temp_path %(work)s/o3; scgi_temp_path %(work)s/o4;
  sendfile on; tcp_nopush on; open_file_cache max=16; default_type application/octet-stream;
  server { listen 127.0.0.1:%(port)d backlog=4096 reuseport%(h2)s; root %(files)s;
    location / { return 200 "%(text)s"; }
    location = /64k { } location = /1m { } location = /bulk { }
    location = /post { proxy_pass http://unix:%(work)s/origin-%(port)d.sock:/; }
  }
  server { listen unix:%(work)s/origin-%(port)d.sock; location / { return 200 "ok"; } }
}
""" % {"work": work, "port": port, "files": files, "text": "x" * 1024, "h2": " http2" if h2 else ""})
    return Process("origin", [processes.need("nginx", "nginx-light"), "-c", config, "-p", work], cores, "%s/origin-%d.log" % (work, port)).wait_for(port)


class HaProxy:
    name = "haproxy"
    can = {"http", "tcp", "h2 upstream", "grpc"}

    def __init__(self):
        self.program = processes.need("haproxy", "haproxy")

    def start(self, work, cores, origin_port, port, tcp_port, tls=None, h2=False, h2_upstream=False, extra=None, **_):
        more = {None: "", "plain": "",
                "header-100": "\n".join("  use_backend origin if { req.hdr(x-tenant) -m str tenant-%d }" % i for i in range(100)),
                "10-changes": "\n".join("  http-request set-header x-added-%d value-%d\n  http-response set-header x-given-%d value-%d" % (i, i, i, i)
                                        for i in range(5))}[extra]
        bind = "ssl crt %s alpn h2,http/1.1 curves X25519" % tls[2] if tls else "proto h2" if h2 else ""
        config = write(os.path.join(work, "haproxy.cfg"), """
global
  ssl-default-bind-options ssl-min-ver TLSv1.3
  ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256
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
  bind 127.0.0.1:%(port)d backlog 4096 %(bind)s
  unique-id-format %%{+X}o\\ %%ci:%%cp_%%fi:%%fp_%%Ts_%%rt:%%pid
  unique-id-header x-request-id
  option forwardfor
%(more)s
  use_backend api if { path_beg /api/ }
  use_backend static if { path_beg /static/ }
  default_backend origin
backend api
  server o 127.0.0.1:%(origin)d pool-max-conn -1 %(proto)s
backend static
  server o 127.0.0.1:%(origin)d pool-max-conn -1 %(proto)s
backend origin
  server o 127.0.0.1:%(origin)d pool-max-conn -1 %(proto)s
listen tcp
  mode tcp
  bind 127.0.0.1:%(tcp)d backlog 4096
  server o 127.0.0.1:%(origin)d
""" % {"port": port, "tcp": tcp_port, "origin": origin_port, "bind": bind, "proto": "proto h2" if h2_upstream else "",
            "more": more})
        return Process(self.name, [self.program, "-db", "-f", config], cores, work + "/haproxy.log").wait_for(port)


class Nginx:
    name = "nginx"

    def __init__(self):
        self.program = processes.need("nginx", "nginx-light")
        self.stream = next((p for p in ("/usr/lib/nginx/modules/ngx_stream_module.so",) if os.path.exists(p)), None)
        self.can = {"http", "grpc", "tcp"} if self.stream else {"http", "grpc"}

    def start(self, work, cores, origin_port, port, tcp_port, access_log=False, tls=None, h2=False, h2_upstream=False, extra=None, **_):
        named = "map $http_x_tenant $tenant { default o; %s }" % " ".join("tenant-%d o;" % i for i in range(100)) if extra == "header-100" else ""
        base = 'proxy_set_header Connection ""; proxy_set_header Host $http_host; proxy_set_header X-Request-Id $request_id; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;'
        changes = base + "".join(" proxy_set_header x-added-%d value-%d; add_header x-given-%d value-%d;" % (i, i, i, i) for i in range(5)) if extra == "10-changes" else base
        passes = "proxy_pass http"
        if h2_upstream:  # nginx speaks HTTP/2 to hosts for gRPC only
            passes, changes = "grpc_pass grpc", "grpc_set_header Host $http_host; grpc_set_header X-Request-Id $request_id; grpc_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
        options = (" ssl" if tls else "") + (" http2" if h2 else "")
        secure = """ssl_certificate %s; ssl_certificate_key %s; ssl_protocols TLSv1.3; ssl_ecdh_curve X25519; ssl_session_tickets on;
  ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;""" % tls[:2] if tls else ""
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
  proxy_http_version 1.1;
  %(named)s
  server { listen 127.0.0.1:%(port)d backlog=4096%(options)s; %(secure)s %(changes)s
    location /api/ { %(passes)s://o; } location /static/ { %(passes)s://o; } location / { %(passes)s://%(to)s; }
  }
}
%(stream)s
""" % {"load": "load_module %s;" % self.stream if self.stream else "", "stream": stream if self.stream else "",
            "work": work, "log": log, "origin": origin_port, "port": port, "options": options, "secure": secure,
            "named": named, "changes": changes, "passes": passes, "to": "$tenant" if named else "o"})
        return Process(self.name, [self.program, "-c", config, "-p", work], cores, work + "/nginx.log").wait_for(port)


def weft_bootstrap(origin_port, port, tcp_port, admin_port=None, access_log=None, routes=None, clusters=0, request_timeout=None, headers_timeout=None,
                   upstream_timeout=None, idle_timeout=None, stream_idle=None, codec=None, tls=None, h2=False, h2_upstream=False, upgrades=None, connections=None, origin_tls=None):
    """An Envoy bootstrap: an HTTP listener with three routes and, where it has a port, a TCP one, both to the origin."""
    def cluster(name):
        protocol = {"typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": HTTP_OPTIONS, "explicit_http_config": {"http2_protocol_options": {}}}}} if h2_upstream else {}
        if origin_tls:  # the certificate of an origin that speaks TLS
            protocol["transport_socket"] = {"name": "envoy.transport_sockets.tls", "typed_config": {"@type": UPSTREAM_TLS, "common_tls_context": {
                "alpn_protocols": ["h2" if h2_upstream else "http/1.1"], "validation_context": {"trusted_ca": {"filename": origin_tls}}}}}
        return {"name": name, "type": "STATIC", "connect_timeout": "5s", **protocol,
                "circuit_breakers": {"thresholds": [{"max_connections": 100000, "max_pending_requests": 100000, "max_requests": 100000}]},
                "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(origin_port)}}]}]}}

    def address(p):
        return {"socket_address": {"address": "127.0.0.1", "port_value": p}}

    def listener(name, at, network_filter, settings):
        chain = {"filters": [{"name": "envoy.filters.network." + network_filter, "typed_config": settings}]}
        if tls and network_filter == "http_connection_manager":
            chain["transport_socket"] = {"name": "envoy.transport_sockets.tls", "typed_config": {"@type": DOWNSTREAM_TLS, "common_tls_context": {
                "alpn_protocols": ["h2", "http/1.1"], "tls_params": {"tls_minimum_protocol_version": "TLSv1_3", "ecdh_curves": ["X25519"]},
                "tls_certificates": [{"certificate_chain": {"filename": tls[0]}, "private_key": {"filename": tls[1]}}]}}}
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
    if codec or h2:
        hcm["codec_type"] = codec or "AUTO"
    if upgrades:
        hcm["upgrade_configs"] = [{"upgrade_type": u} for u in upgrades]
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
    if connections:  # in all, whatever the limit of open files makes of the default
        config["layered_runtime"] = {"layers": [{"name": "loadtest", "static_layer": {
        "overload.global_downstream_max_connections": connections, "envoy.resource_limits.listener.http.connection_limit": connections}}]}
    if admin_port:
        config["admin"] = {"address": address(admin_port)}
    return config


class Weft:
    name = "weft"
    can = {"http", "tcp", "weft", "h2 upstream", "grpc"}

    def __init__(self, program=None, defaults="edge"):
        self.program = program or os.path.join(HERE, "target", "weft", "bin", "weft")
        self.defaults = defaults
        if not os.path.exists(self.program):
            raise processes.Missing("%s is not built: make build" % self.program)

    def start(self, work, cores, origin_port, port, tcp_port, java_opts="", concurrency=1, name="weft", engine=None, **config):
        if config.get("access_log") is True:
            config["access_log"] = os.path.join(work, name + "-access.log")
        where = os.path.join(work, name)
        os.makedirs(where, exist_ok=True)
        write(os.path.join(where, "bootstrap.yaml"), json.dumps(weft_bootstrap(origin_port, port, tcp_port, **config), indent=1))
        command = [self.program, "run", "--config", where, "--defaults", self.defaults]
        if concurrency:
            command += ["--concurrency", str(concurrency)]
        env = {"WEFT_JAVA_OPTS": java_opts, **({"WEFT_TLS_ENGINE": engine} if engine else {})}
        return Process(name, command, cores, os.path.join(work, name + ".log"), env).wait_for(port, 60)


class StandIn:
    """Any program in Weft's place: a command with {port}, {tcp} and {origin} in it."""
    name = "weft"
    can = {"http"}

    def __init__(self, command):
        self.command = command

    def start(self, work, cores, origin_port, port, tcp_port, name="weft", **_):
        command = self.command.format(port=port, tcp=tcp_port, origin=origin_port).split()
        return Process(name, command, cores, os.path.join(work, name + ".log")).wait_for(port)
