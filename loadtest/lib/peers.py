"""What a hit is compared with: the floor, nginx with pages compressed beforehand, and Varnish with pages it keeps."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import machine
from .http import Response

# Fields nginx writes itself, or that describe the message rather than the page.
_NGINX_OWN = {"content-type", "content-length", "content-encoding", "date", "etag", "vary"}


@contextmanager
def floor(response: Response, directory: Path, core: int):
    """`floor.c`, answering with the very bytes of `response`. Yields its port and process ids."""
    bytes_file, log = directory / "response.http", directory / "floor.log"
    program = machine.compiled("floor", directory)
    bytes_file.write_bytes(response.raw_head + response.body)
    port = machine.free_port()
    with machine.running([program, port, bytes_file], core=core, log=log) as process:
        machine.wait_for_port(port, process, log)
        yield port, [process.pid]


def _quoted(text: str) -> str:
    """As one parameter of nginx's configuration, where nothing that stands in a header field is special but these two."""
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


@contextmanager
def nginx(response: Response, path: str, directory: Path, core: int, *, open_file_cache: bool):
    """One nginx worker with `gzip_static`, the same body and the same header fields. Yields its port and process ids."""
    root, log = directory / "nginx", directory / "nginx.log"
    page = root / "pages" / (path.lstrip("/") + ".gz")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_bytes(response.body)
    fields = (line.decode().split(": ", 1) for line in response.raw_head.strip().split(b"\r\n")[1:])
    same = [f"add_header {name} {_quoted(value)};" for name, value in fields if name.lower() not in _NGINX_OWN]
    port = machine.free_port()
    config = root / "nginx.conf"
    config.write_text(f"""
        daemon off; worker_processes 1; pid {root}/pid; error_log stderr warn;
        {"user root;" if os.geteuid() == 0 else ""}
        events {{ worker_connections 1024; }}
        http {{
            access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; server_tokens off;
            keepalive_timeout 75s; keepalive_requests 1000000000;
            {"open_file_cache max=1000 inactive=1h; open_file_cache_valid 1h;" if open_file_cache else ""}
            client_body_temp_path {root}/body; proxy_temp_path {root}/proxy; fastcgi_temp_path {root}/fastcgi;
            uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;
            server {{
                listen 127.0.0.1:{port}; root {root}/pages;
                gzip_static always; gzip_vary on; default_type "text/html; charset=utf-8"; types {{ }}
                {" ".join(same)}
            }}
        }}
    """)
    command = [machine.find("nginx"), "-p", root, "-c", config, "-e", "stderr"]
    with machine.running(command, core=core, log=log) as process:
        machine.wait_for_port(port, process, log)
        yield port, machine.family(process.pid)


@contextmanager
def varnish(origin_port: int, directory: Path, core: int):
    """Varnish as it is shipped, keeping what the nginx at `origin_port` sends: the same body, the same header fields.
    Yields its port and process ids."""
    config, log = directory / "varnish.vcl", directory / "varnish.log"
    # Pages set cookies and forbid shared caches to keep them: left alone, Varnish would fetch each of them again.
    config.write_text(f"""
        vcl 4.1;
        backend default {{ .host = "127.0.0.1"; .port = "{origin_port}"; }}
        sub vcl_backend_response {{ set beresp.ttl = 1d; return (deliver); }}
        sub vcl_deliver {{ unset resp.http.Via; unset resp.http.X-Varnish; unset resp.http.Accept-Ranges; }}
    """)
    port = machine.free_port()
    # Where its log goes, which its manual wants in memory.
    in_memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="forecourt-", dir=in_memory if in_memory.is_dir() else directory) as run:
        command = [machine.find("varnishd"), "-F", "-n", f"{run}/varnish", "-f", config, "-a", f"127.0.0.1:{port}"]
        # Its administration would want a port of its own; its other users are for those who have them.
        command += ["-s", "malloc,64m", "-T", "none", *(["-j", "none"] if os.geteuid() == 0 else [])]
        with machine.running(command, core=core, log=log) as process:
            machine.wait_for_port(port, process, log)
            yield port, machine.family(process.pid)
