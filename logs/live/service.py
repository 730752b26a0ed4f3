"""The hub of this process with its background greenlets; the first stream starts it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.utils.module_loading import import_string

from logs.background import spawn_lasting
from logs.live import replay
from logs.live.backplane import Backplane
from logs.live.hub import Hub
from logs.live.listener import Listener
from logs.live.reader_counts import count_readers_of_others, write_reader_counts
from logs.sharing.processes import get_counts

_hubs: list[Hub] = []


def get_hub() -> Hub:
    """Return the process's hub; the first call starts it. Does not switch greenlets, so that two never start two."""
    if not _hubs:
        _hubs.append(_start())
    return _hubs[0]


def running_hub() -> Hub | None:
    """Return the process's hub, None if it was never started."""
    return _hubs[0] if _hubs else None


def count_live_readers(channel: int) -> int | None:
    """Return how many readers follow a channel live; None where other processes serve them."""
    if settings.REALTIME_URL:
        return None
    feed = _hubs[0].feeds.get(channel) if _hubs else None
    return (len(feed) if feed is not None else 0) + count_readers_of_others(channel)


def shut_down(*, is_replaced: bool = False) -> None:
    """End all streams before the process ends; `is_replaced`: others are ready for its readers."""
    for hub in _hubs:
        hub.shut_down(is_replaced=is_replaced)


def _start() -> Hub:
    hub = Hub(settings.LIVE_STREAMS, settings.LIVE_PER_ADDRESS, get_counts())
    make_backplane: Callable[[], Backplane] = import_string(settings.LIVE_BACKPLANE)
    backplane = make_backplane()
    # Replays read by a connection of their own, so that readers who missed much do not hold up new lines.
    replays = replay.ReplayQueue(hub, make_backplane())
    hub.request_replay = replays.put
    listener = Listener(hub, backplane)
    spawn_lasting("counting readers", partial(write_reader_counts, hub))
    for job in (hub.run_heartbeat, listener.listen, listener.update_feeds, *[replays.run] * replay.WORKERS):
        spawn_lasting(f"live ({job.__name__})", job)
    return hub
