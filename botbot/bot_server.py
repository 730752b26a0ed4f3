"""The bot's addresses for its operators: /healthz, /readyz and /metrics on BOT_METRICS; and its state for systemd."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import gevent
from django.conf import settings
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer
from gunicorn.systemd import sd_notify
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from bot import metrics
from bot.supervisor import running_supervisor
from botbot.common_metrics import collect_process
from logs.greenlets import spawn_lasting
from logs.views.http.client_address import is_client_in

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

logger = logging.getLogger(__name__)

MAX_CLIENTS = 10
CLIENT_TIMEOUT_SECONDS = 10.0
RETRY_SECONDS = 30.0
NOTIFY_SECONDS = 10.0
START_SECONDS = 0.1
"""How often it is looked whether the bot has started."""

TEXT = "text/plain; charset=utf-8"
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def start() -> None:
    """Serve and notify for as long as the process lives, as far as it is set up. Other processes are not affected."""
    if settings.BOT_METRICS:
        spawn_lasting("serving the bot's metrics", partial(serve, *settings.BOT_METRICS))
    if os.environ.get("NOTIFY_SOCKET"):
        spawn_lasting("notifying systemd", notify_systemd)


class BotCollector(Collector):
    """Collects all values at the time of a request to /metrics."""

    def collect(self) -> Iterator[Metric]:
        yield from metrics.collect(running_supervisor())
        yield from collect_process()


class _Server(WSGIServer):
    def handle(self, client_socket: Any, address: Any) -> None:
        """Serve one connection for a short time: nobody keeps the others out by sending slowly."""
        gevent.with_timeout(CLIENT_TIMEOUT_SECONDS, super().handle, client_socket, address, timeout_value=None)


def serve(host: str, port: int) -> None:
    """Serve for ever. An address that is in use must not keep the bot from logging: it is tried again and again."""
    problem = ""
    while True:
        try:
            listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        except OSError as error:
            if not problem:
                logger.error("the bot's metrics are not served at %s port %d: %s", host, port, error)  # noqa: TRY400
            problem = str(error)
            gevent.sleep(RETRY_SECONDS)
            continue
        with listener:
            logger.info("the bot's health and metrics are served at %s port %d", host, port)
            _Server(listener, application, log=None, spawn=Pool(MAX_CLIENTS)).serve_forever()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    status, content_type, body = _respond(environ)
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Connection", "close"),
    ]
    start_response(status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _respond(environ: WSGIEnvironment) -> tuple[str, str, bytes]:
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
        return "405 Method Not Allowed", TEXT, b"Only GET and HEAD are answered.\n"
    match environ["PATH_INFO"]:
        case "/healthz":
            return _make_health_answer(metrics.describe_failure(running_supervisor()), "ok")
        case "/readyz":
            return _make_health_answer(metrics.describe_problem(running_supervisor()), "ready")
        case "/metrics":
            if is_client_in(settings.METRICS_NETWORKS, environ) is False:
                return "403 Forbidden", TEXT, b"Metrics are for METRICS_NETWORKS only.\n"
            return "200 OK", PROMETHEUS, generate_latest(_registry)
    return "404 Not Found", TEXT, b"There are /healthz, /readyz and /metrics.\n"


def _make_health_answer(problem: str, otherwise: str) -> tuple[str, str, bytes]:
    return "503 Service Unavailable" if problem else "200 OK", TEXT, f"{problem or otherwise}\n".encode()


def notify_systemd() -> None:
    """Tell systemd that the bot has started, what it does, and that it works (WatchdogSec=), as sd_notify(3) says."""
    seconds = min(NOTIFY_SECONDS, int(os.environ.get("WATCHDOG_USEC") or 0) / 3_000_000 or NOTIFY_SECONDS)
    has_started = False
    while True:
        supervisor = running_supervisor()
        if supervisor and supervisor.ticked_at is not None:
            states = [] if has_started else ["READY=1"]
            has_started = True
            # Without it systemd ends and restarts the bot.
            if not metrics.describe_failure(supervisor):
                states.append("WATCHDOG=1")
            sd_notify("\n".join([*states, f"STATUS={metrics.summarize(supervisor)}"]), logger)
        gevent.sleep(seconds if has_started else START_SECONDS)


_registry = CollectorRegistry(auto_describe=False)
_registry.register(BotCollector())
