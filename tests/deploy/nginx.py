"""The real nginx with the file of deploy/nginx/ in front of a site."""

from __future__ import annotations

import re
import ssl
import subprocess
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.ircd import make_certificate
from tests.processes import ROOT, Process, free_port, wait_for
from tests.programs import require

FILE = ROOT / "deploy" / "nginx" / "botbot.conf"
BROTLI = FILE.with_name("botbot-brotli.conf")
BROTLI_MODULE = Path("/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so")
HEAD = """
{modules}
daemon off;
user root;
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
worker_rlimit_nofile 20000;
events {{ worker_connections 9000; }}
http {{
    access_log off;
    default_type application/octet-stream;
    types {{ text/css css; text/javascript js; image/svg+xml svg; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/botbot*.conf;
}}
"""


class Nginx(Process):
    """Its `port` speaks plain HTTP, its `tls_port` TLS and HTTP/2; `changes` replace text of the file."""

    def __init__(self, folder: Path, upstreams: list[int], static: Path, changes: dict[str, str] | None = None) -> None:
        folder.mkdir(exist_ok=True)
        self.port, self.tls_port = free_port(), free_port()
        certificate = make_certificate(folder)
        servers = " ".join(f"server 127.0.0.1:{port};" for port in upstreams)
        text = FILE.read_text(encoding="utf-8")
        for old, new in {
            "server 127.0.0.1:8000;": servers,
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "    listen [::]:80;\n": "",
            "listen 80 default_server;": f"listen 127.0.0.1:{self.port} default_server;",
            "    listen [::]:80 default_server;\n": "",
            "listen 443 ssl http2 default_server;": f"listen 127.0.0.1:{self.tls_port} ssl http2 default_server;",
            "    listen [::]:443 ssl http2 default_server;\n": "",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port}; listen 127.0.0.1:{self.tls_port} ssl http2;",
            "    listen [::]:443 ssl http2;\n": "",
            "/var/lib/botbot/static/": f"{static}/",
            **(changes or {}),
        }.items():
            assert old in text, f"{FILE} has no {old!r}"
            text = text.replace(old, new)
        text = re.sub(r"ssl_certificate\s+\S+;", f"ssl_certificate {certificate};", text)
        text = re.sub(r"ssl_certificate_key\s+\S+;", f"ssl_certificate_key {certificate.with_name('key.pem')};", text)
        text = text.replace("logs.example.org", "127.0.0.1 logs.example.org")
        self.configuration = text
        (folder / "botbot.conf").write_text(text, encoding="utf-8")
        modules = ""
        if BROTLI_MODULE.exists():
            (folder / BROTLI.name).write_bytes(BROTLI.read_bytes())
            modules = f"load_module {BROTLI_MODULE};"
        (folder / "nginx.conf").write_text(HEAD.format(folder=folder, modules=modules), encoding="utf-8")
        command = [require("nginx"), "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", "stderr"]
        super().__init__(command, {}, folder / "nginx.log")
        self.cwd = folder

    def start(self) -> None:
        subprocess.run([*self.command, "-t"], check=True, capture_output=True)
        super().start()
        wait_for(self._answers, 10, "nginx answers")

    def _answers(self) -> bool:
        assert self.running(), f"nginx ended:\n{self.output()}"
        http = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            http.request("GET", "/robots.txt")
            return http.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            http.close()


def insecure() -> ssl.SSLContext:
    """Takes the test's own certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
