"""Live in this process: started by the first stream, one for all of them."""

from __future__ import annotations

import gevent
from django.conf import settings
from django.utils.module_loading import import_string

from logs.live import replay
from logs.live.backplane import Backplane
from logs.live.hub import Hub
from logs.live.listener import Listener

_hubs: list[Hub] = []


def hub() -> Hub:
    """The process's hub. Does not yield, so that two greenlets never start two."""
    if not _hubs:
        _hubs.append(_start())
    return _hubs[0]


def running() -> Hub | None:
    """The process's hub, if somebody follows or followed."""
    return _hubs[0] if _hubs else None


def say_bye() -> None:
    """Ends all streams before the process does; nothing to do if there never was one."""
    for running in _hubs:
        running.say_bye()


def _start() -> Hub:
    started = Hub(settings.LIVE_STREAMS, settings.LIVE_PER_ADDRESS)
    backplane: Backplane = import_string(settings.LIVE_BACKPLANE)()
    replays = replay.Replays(started, backplane)
    started.replay = replays.put
    listener = Listener(started, backplane)
    for job in (started.beat, listener.hear, listener.look, *[replays.run] * replay.WORKERS):
        gevent.spawn(job)
    return started
