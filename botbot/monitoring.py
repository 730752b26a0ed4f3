"""Health checks and metrics: /healthz, /readyz, /metrics. docs/operating.md lists the metrics."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import accumulate

import gevent
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from greenlet import greenlet
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from botbot import watchdog
from logs.live import service
from logs.live.metrics import MISSED_BUCKETS, LiveMetrics
from logs.views.http.admission import running_admission
from logs.views.http.client_address import is_client_in
from logs.views.http.turns import Refusal

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
    return _text_response(200, "ready")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics, for METRICS_NETWORKS. A request without a client's address is from this machine, or from a proxy on
    it that does not pass addresses on."""
    if is_client_in(settings.METRICS_NETWORKS, request.META) is False:
        return _text_response(403, "Metrics are for METRICS_NETWORKS only.")
    return HttpResponse(generate_latest(_registry), content_type="text/plain; version=0.0.4; charset=utf-8")


class MetricsCollector(Collector):
    """Collects all values at the time of a request to /metrics."""

    def collect(self) -> Iterator[Metric]:
        yield from _process()
        yield from _live()
        yield from _pages()
        yield from _blocks()
        yield from _pool()
        yield from _bot()


def _process() -> Iterator[Metric]:
    # `type` and not `isinstance`, which would call __class__ of lazy objects and could run code.
    greenlets = sum(issubclass(type(thing), greenlet) and not thing.dead for thing in gc.get_objects())
    yield GaugeMetricFamily("botbot_greenlets", "Greenlets: requests being answered, and a few that stay.", greenlets)


def _live() -> Iterator[Metric]:
    hub = service.running_hub()
    if hub is None:
        return
    counts = hub.metrics
    yield GaugeMetricFamily("botbot_live_streams", "Open streams.", hub.stream_count)
    yield GaugeMetricFamily("botbot_live_channels", "Channels that somebody follows.", len(hub.feeds))
    disconnected = int(counts.is_disconnected)
    yield GaugeMetricFamily("botbot_live_deaf", "1 while announcements of new lines do not arrive.", disconnected)
    yield CounterMetricFamily("botbot_live_opened", "Streams that were opened.", counts.opened)
    closed = CounterMetricFamily("botbot_live_closed", "Streams that ended, by reason.", labels=["reason"])
    for reason in ("gone", "slow", "closed", "bye"):
        closed.add_metric([reason], counts.closed[reason])
    yield closed
    yield CounterMetricFamily(
        "botbot_live_deliveries", "Events sent to readers who were up to date.", counts.deliveries
    )
    yield CounterMetricFamily("botbot_live_bytes", "Bytes of these events.", counts.bytes)
    yield _missed(counts)
    yield CounterMetricFamily("botbot_live_replays", "Pages of older events that were requested.", counts.replays)
    yield CounterMetricFamily("botbot_live_replayed", "Events in these pages.", counts.replayed)
    looks = SummaryMetricFamily("botbot_live_lag_seconds", "From hearing of a line to having sent it to all.")
    looks.add_metric([], counts.updates, counts.update_seconds)
    yield looks


def _missed(counts: LiveMetrics) -> Metric:
    totals = accumulate(counts.missed[size] for size in MISSED_BUCKETS)
    bounds = [str(float(size)).replace("inf", "+Inf") for size in MISSED_BUCKETS]
    name, description = "botbot_live_missed", "Events that new readers of a followed channel had missed."
    return HistogramMetricFamily(name, description, list(zip(bounds, totals, strict=True)), counts.missed_total)


def _pages() -> Iterator[Metric]:
    admission = running_admission()
    if admission is None:
        return
    turns = {"page": admission.pages, "slow": admission.slow}
    requests = GaugeMetricFamily("botbot_requests", "Requests that need a turn.", labels=["kind", "state"])
    for kind, each in turns.items():
        requests.add_metric([kind, "in progress"], each.in_progress)
        requests.add_metric([kind, "waiting"], each.waiting)
    yield requests
    refused = CounterMetricFamily("botbot_requests_refused", "Requests that got no turn.", labels=["reason"])
    for reason in Refusal:
        refused.add_metric([reason.value], admission.refused[reason])
    yield refused


def _blocks() -> Iterator[Metric]:
    if watchdog.current is not None:
        yield CounterMetricFamily("botbot_blocks", "Times that the hub was blocked.", watchdog.current.blocks)
        yield CounterMetricFamily(
            "botbot_blocked_seconds", "Seconds that the hub was blocked.", watchdog.current.seconds
        )


def _pool() -> Iterator[Metric]:
    pool = getattr(connection, "pool", None)
    if pool is not None:
        lent = GaugeMetricFamily("botbot_database_connections", "Connections of the pool.", labels=["state"])
        lent.add_metric(["lent"], pool.borrowed)
        lent.add_metric(["idle"], pool.size - pool.borrowed)
        yield lent
        yield GaugeMetricFamily("botbot_database_connections_most", "Maximum size of the pool.", pool.maxsize)


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
    for network in [row for row in rows if not row.channel]:
        own = [row for row in rows if row.channel and row.network == network.network]
        channels.add_metric([network.network, "fine"], sum(row.is_ok for row in own))
        channels.add_metric([network.network, "missing"], sum(not row.is_ok for row in own))
        depth.add_metric([network.network], network.journal_depth)
        if network.lag is not None:
            lag.add_metric([network.network], network.lag.total_seconds())
    yield from (channels, depth, lag)


def _text_response(status: int, sentence: str) -> HttpResponse:
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers)


_registry = CollectorRegistry(auto_describe=False)
_registry.register(MetricsCollector())
ProcessCollector(registry=_registry)
