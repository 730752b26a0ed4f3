"""The metrics that the web, realtime processes and the bot have in common: of the process itself, and of its pool."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from prometheus_client import ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from botbot import watchdog

_standard = ProcessCollector(registry=None)


def collect_process() -> Iterator[Metric]:
    """Collect the metrics that every process of the site has."""
    yield from _blocks()
    yield from _pool()
    yield from _standard.collect()


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
