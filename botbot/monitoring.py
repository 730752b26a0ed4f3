"""Health checks and metrics: /healthz, /readyz, /metrics. docs/operating.md lists the metrics."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from botbot import process_metrics
from botbot.replica.state import measure_lag
from logs.live import service
from logs.views.http.client_address import is_client_in

DATABASE_TIMEOUT_SECONDS = 3.0


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  (the same for every request)
    """Whether the process responds, and nothing else: a restart would not repair the database."""
    return _text_response(200, "ok")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  (the same for every request)
    """Whether visitors should be sent here."""
    hub = service.running_hub()
    if hub and hub.is_closing:
        return _text_response(503, "The process is about to stop.")
    if connection.vendor != "postgresql":  # a realtime process
        return (
            _text_response(503, "Redis cannot be reached.")
            if service.get_hub().metrics.is_disconnected
            else _text_response(200, "ready")
        )
    try:
        with (
            gevent.Timeout(DATABASE_TIMEOUT_SECONDS, TimeoutError("it does not answer")),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT 1")
    except (Error, TimeoutError) as error:
        return _text_response(503, f"The database does not answer: {' '.join(str(error).split())}.")
    problem = _relay_problem()
    return _text_response(200, f"ready, but live is not relayed to Redis: {problem}" if problem else "ready")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics, for METRICS_NETWORKS. A request without a client's address is from this machine, or from a proxy on
    it that does not pass addresses on."""
    if is_client_in(settings.METRICS_NETWORKS, request.META) is False:
        return _text_response(403, "Metrics are for METRICS_NETWORKS only.")
    return HttpResponse(generate_latest(_registry), content_type="text/plain; version=0.0.4; charset=utf-8")


class MetricsCollector(Collector):
    """Collects all values at the time of a request to /metrics: those of all web processes, and of the bot."""

    def collect(self) -> Iterator[Metric]:
        yield from process_metrics.collect_all()
        yield from _replica()
        yield from _bot()
        yield from _watched()


def _relay_problem() -> str:
    from logs.live.relay import running_relay  # models, as below

    relay = running_relay()
    return relay.problem if relay else ""


def _replica() -> Iterator[Metric]:
    """The lag of the replica, if there is one that answers."""
    try:
        with gevent.Timeout(DATABASE_TIMEOUT_SECONDS, TimeoutError("it does not answer")):
            lag = measure_lag()
    except (Error, TimeoutError):
        return
    if lag is not None:
        yield GaugeMetricFamily("botbot_replica_lag_seconds", "How far the replica is behind the primary.", lag)


def _bot() -> Iterator[Metric]:
    """Values of the bot by network; names of channels may be private."""
    if connection.vendor != "postgresql":
        return
    from bot.status import read_status  # models, which a realtime process does not have

    try:
        with gevent.Timeout(DATABASE_TIMEOUT_SECONDS, TimeoutError("it does not answer")):
            rows = list(read_status())
    except (Error, TimeoutError):
        return  # without the database there are no botbot_bot_* metrics; /readyz says why
    channels = GaugeMetricFamily(
        "botbot_bot_channels", "Channels that the bot should be in.", labels=["network", "state"]
    )
    depth = GaugeMetricFamily(
        "botbot_bot_journal_bytes", "Bytes of the journal that are not stored yet.", labels=["network"]
    )
    lag = GaugeMetricFamily("botbot_bot_lag_seconds", "How far the archive is behind the bot.", labels=["network"])
    problems = GaugeMetricFamily(
        "botbot_bot_problem_records",
        "Records that went wrong and nobody has acknowledged.",
        labels=["network", "problem"],
    )
    for network in [row for row in rows if not row.channel]:
        for problem, count in network.problems.items():
            problems.add_metric([network.network, problem], count)
        own = [row for row in rows if row.channel and row.network == network.network]
        channels.add_metric([network.network, "fine"], sum(row.is_ok for row in own))
        channels.add_metric([network.network, "missing"], sum(not row.is_ok for row in own))
        depth.add_metric([network.network], network.journal_depth)
        if network.lag is not None:
            lag.add_metric([network.network], network.lag.total_seconds())
    yield from (channels, depth, lag, problems)


def _watched() -> Iterator[Metric]:
    """Values of the log files that others keep, all together; their paths may be private."""
    if connection.vendor != "postgresql":
        return
    from logs.models.watched import read_paths  # models, which a realtime process does not have

    try:
        with gevent.Timeout(DATABASE_TIMEOUT_SECONDS, TimeoutError("it does not answer")):
            paths = list(read_paths())
    except (Error, TimeoutError):
        return
    if not paths:
        return
    silent = sum(not path.is_followed for path in paths)
    yield GaugeMetricFamily("botbot_watch_silent", "Paths of log files that no process follows.", silent)
    files = GaugeMetricFamily("botbot_watch_files", "Log files that others write, by state.", labels=["state"])
    for state in ("followed", "waiting", "refused"):
        files.add_metric([state], sum(path.files.get(state, 0) for path in paths))
    yield files
    yield CounterMetricFamily("botbot_watch_lines", "Lines read from these files.", sum(path.lines for path in paths))
    yield CounterMetricFamily(
        "botbot_watch_unparsed",
        "Lines of these files that were reported and not stored.",
        sum(path.unparsed for path in paths),
    )


def _text_response(status: int, sentence: str) -> HttpResponse:
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers)


_registry = CollectorRegistry(auto_describe=False)
_registry.register(MetricsCollector())
