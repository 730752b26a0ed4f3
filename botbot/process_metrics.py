"""The metrics of this process, and those of the site's other web processes, which each writes when one is asked.

A site with several web processes has each value once for each of them, with the label `process`.
"""

from __future__ import annotations

import gc
import json
import logging
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import accumulate
from time import monotonic

import gevent
from django.db import connection
from greenlet import greenlet
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)

from botbot.common_metrics import collect_process
from botbot.replica.state import Refusal as ReplicaRefusal
from botbot.replica.state import running_state
from logs.greenlets import spawn_lasting
from logs.live import service
from logs.live.hub import MISSED_BUCKETS, LiveMetrics
from logs.sharing.processes import Board, Topic, get_board
from logs.views.http.admission import running_admission
from logs.views.http.turns import Refusal

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
"""How often a process looks whether another one needs its metrics."""

MAX_WAIT_SECONDS = 1.0
"""How long a request waits for them. Of a process that is too busy the last ones count."""


def collect_all() -> Iterator[Metric]:
    """Collect the metrics of all web processes."""
    board = get_board()
    if board is None:
        yield from _collect()
        return
    families: dict[str, Metric] = {}
    _add(families, _collect(), board.index)
    requested_at = board.request()
    for index in range(board.process_count):
        if index != board.index and (page := _wait_for(board, index, requested_at)):
            _add(families, _decode(page), index)
    yield from families.values()


def start() -> None:
    """Write this process's metrics whenever another process needs them."""
    if board := get_board():
        spawn_lasting("writing metrics for the other processes", partial(_write_on_request, board))


def _write_on_request(board: Board) -> None:
    written_for = -1.0
    while True:
        if (requested_at := board.requested_at()) > written_for:
            written_for = requested_at
            if not board.write(Topic.METRICS, _encode(_collect())):
                logger.error("the metrics of this process are too long for the others to read")
        gevent.sleep(LOOK_SECONDS)


def _wait_for(board: Board, index: int, requested_at: float) -> bytes:
    """Return the page of the process at a place as soon as it is current; nothing where there is no process."""
    written_at, page = board.read(index, Topic.METRICS)
    while page and written_at < requested_at and monotonic() < requested_at + MAX_WAIT_SECONDS:
        gevent.sleep(LOOK_SECONDS / 5)
        written_at, page = board.read(index, Topic.METRICS)
    return page


def _add(families: dict[str, Metric], found: Iterable[Metric], index: int) -> None:
    for metric in found:
        family = families.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
        for sample in metric.samples:
            family.add_sample(sample.name, sample.labels | {"process": f"{index}"}, sample.value)


def _encode(found: Iterable[Metric]) -> bytes:
    rows = [
        (metric.name, metric.documentation, metric.type, [sample[:3] for sample in metric.samples]) for metric in found
    ]
    return json.dumps(rows).encode()


def _decode(page: bytes) -> Iterator[Metric]:
    for name, documentation, kind, samples in json.loads(page):
        metric = Metric(name, documentation, kind)
        for sample in samples:
            metric.add_sample(*sample)
        yield metric


def _collect() -> Iterator[Metric]:
    yield from _greenlets()
    yield from _live()
    yield from _pages()
    yield from _replica()
    yield from _relay()
    yield from collect_process()


def _greenlets() -> Iterator[Metric]:
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


def _replica() -> Iterator[Metric]:
    state = running_state()
    if state is None:
        return
    yield CounterMetricFamily("botbot_replica_reads", "Requests that the replica answered.", state.reads)
    refused = CounterMetricFamily(
        "botbot_replica_refused", "Requests that the primary answered in its place, by reason.", labels=["reason"]
    )
    for reason in ReplicaRefusal:
        refused.add_metric([reason.value], state.refused[reason])
    yield refused


def _relay() -> Iterator[Metric]:
    if connection.vendor != "postgresql":
        return
    from logs.live.relay import running_relay  # models, which a realtime process does not have

    relay = running_relay()
    if relay is not None:
        failing = int(bool(relay.problem))
        yield GaugeMetricFamily("botbot_relay_failing", "1 while live is not relayed to Redis.", failing)
        yield GaugeMetricFamily("botbot_relay_evicted_keys", "Keys that Redis has evicted.", relay.evicted or 0)
