"""The state of the bot, without the database: metrics for Prometheus, and whether it works.

botbot/bot_server.py serves them. The web's /metrics has what the bot writes to the database (bot/status.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from time import monotonic

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from bot.network import NetworkRunner
from bot.supervisor import Supervisor
from logs.models.bot_status import State
from logs.text.plurals import counted

MAX_TICK_SECONDS = 60.0
"""The supervisor looks at everything once a second. A database that does not answer holds it up for 20 seconds at most:
after this time it hangs."""


def describe_failure(supervisor: Supervisor | None) -> str:
    """Return why the process has to be restarted, in a sentence; empty while it works, whatever it waits for."""
    if supervisor is None or supervisor.ticked_at is None:
        return ""  # it starts
    age = monotonic() - supervisor.ticked_at
    return f"The bot has done nothing for {age:.0f} seconds." if age > MAX_TICK_SECONDS else ""


def describe_problem(supervisor: Supervisor | None) -> str:
    """Return why lines are not received or not stored now, in a sentence; empty if all is as it should be."""
    if supervisor is None or supervisor.ticked_at is None:
        return "The bot starts."
    if supervisor.is_stopping:
        return "The bot is about to stop."
    if failure := describe_failure(supervisor):
        return failure
    if supervisor.database_problem:
        return f"The database is away, lines wait in the journal: {_in_one_line(supervisor.database_problem)}."
    away = [runner.network.name for runner in supervisor.runners.values() if not runner.is_connected]
    if away:
        return f"Not connected: {', '.join(sorted(away))}."
    failing = [(runner.network.name, runner.find_problem()) for runner in supervisor.runners.values()]
    return "; ".join(f"{name}: {_in_one_line(problem)}" for name, problem in failing if problem)


def summarize(supervisor: Supervisor | None) -> str:
    """Return one line for `systemctl status`."""
    problem = describe_problem(supervisor)
    if supervisor is None or problem:
        return problem
    runners = supervisor.runners.values()
    joined = sum(_count_joined(supervisor, runner) for runner in runners)
    return f"{counted(len(runners), 'network')} connected, {counted(joined, 'channel')} joined"


def collect(supervisor: Supervisor | None) -> Iterator[Metric]:
    """Collect the metrics of the bot. Networks are named, channels are not: their names may be private."""
    if supervisor is None:
        return
    since = supervisor.database_away_since
    yield GaugeMetricFamily(
        "botbot_bot_database_away_seconds",
        "For how long the database has not answered the bot.",
        monotonic() - since if since is not None else 0,
    )
    if (free := _count_free_bytes(supervisor)) is not None:
        yield GaugeMetricFamily("botbot_bot_journal_free_bytes", "Room on the disk of the journal.", free)
    yield from _networks(supervisor)


def _networks(supervisor: Supervisor) -> Iterator[Metric]:
    leader = _gauge("botbot_bot_leader", "1 while this bot stores the lines of the network, 0 for a standby.")
    connected = _gauge("botbot_bot_connected", "1 while the bot is connected to the network.")
    connections = _counter("botbot_bot_connections", "Connections that were attempted.")
    wanted = _gauge("botbot_bot_wanted_channels", "Channels that the bot should be in.")
    joined = _gauge("botbot_bot_joined_channels", "Channels of these that it is in.")
    silence = _gauge("botbot_bot_silence_seconds", "Since when the server has sent nothing, while in a channel.")
    recorded = _counter("botbot_bot_recorded", "Lines that were written to the journal.")
    stored = _counter("botbot_bot_stored", "Lines that were stored in the database.")
    waiting = _gauge("botbot_bot_waiting_bytes", "Bytes of the journal that wait to be stored.")
    problems = CounterMetricFamily(
        "botbot_bot_problems", "Records that went wrong in this run.", labels=["network", "problem"]
    )
    for runner in sorted(supervisor.runners.values(), key=lambda runner: runner.network.name):
        name = [runner.network.name]
        leader.add_metric(name, int(bool(runner.writer.role.primary)))
        connected.add_metric(name, int(runner.is_connected))
        connections.add_metric(name, runner.connection_count)
        wanted.add_metric(name, len(runner.network.channels))
        joined.add_metric(name, _count_joined(supervisor, runner))
        seconds = runner.session.seconds_since_received() if runner.session else None
        if seconds is not None:
            silence.add_metric(name, seconds)
        recorded.add_metric(name, runner.recorder.line_count)
        stored.add_metric(name, runner.writer.stored)
        waiting.add_metric(name, runner.writer.depth)
        for problem, count in runner.count_problems().items():
            problems.add_metric([*name, problem], count)
    yield from (leader, connected, connections, wanted, joined, silence, recorded, stored, waiting, problems)


def _gauge(name: str, description: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, description, labels=["network"])


def _counter(name: str, description: str) -> CounterMetricFamily:
    return CounterMetricFamily(name, description, labels=["network"])


def _count_joined(supervisor: Supervisor, runner: NetworkRunner) -> int:
    entries = (supervisor.board.entries.get((runner.network.id, channel.id)) for channel in runner.network.channels)
    return sum(entry is not None and entry.state == State.JOINED for entry in entries)


def _count_free_bytes(supervisor: Supervisor) -> int | None:
    try:
        disk = os.statvfs(supervisor.folder)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
