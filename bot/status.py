"""The state of each network and channel: written to the database by the bot, and read for `botstatus` and commands.

The bot keeps its states in memory and writes what has changed in one query, so that no session waits for the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import F, Max
from django.utils import timezone

from logs.models import BotStatus, Channel, Network
from logs.models.bot_status import JournalPosition, State

ROWS_PER_STATEMENT = 200
"""Between two statements other greenlets run: building one takes a few milliseconds."""


AWAY = {State.CONNECTING, State.WAITING}

Keys = set[tuple[int, int | None]]
"""Network id and channel id (None: the network itself) of entries."""


@dataclass(slots=True)
class BoardEntry:
    """The state of one network or channel; `journal_depth` is in bytes."""

    state: State
    detail: str
    since: datetime
    last_line_at: datetime | None = None
    journal_depth: int = 0
    problems: dict[str, int] = field(default_factory=dict)
    """How often each of PROBLEMS happened in this run; `counted` is what the database has of that."""
    counted: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class StatusBoard:
    """All states, by (network id, channel id or None)."""

    entries: dict[tuple[int, int | None], BoardEntry] = field(default_factory=dict)
    has_changed: bool = False
    _changed: Keys = field(default_factory=Keys)

    def set(self, network: int, channel: int | None, state: State, detail: str) -> None:
        old = self.entries.get((network, channel))
        if old is None or (old.state, old.detail) != (state, detail):
            # Another detail is not another state: the time since when it lasts stays. Nor is another attempt to
            # connect: the bot is away from the network all the time.
            is_same = old is not None and (old.state == state or {old.state, state} <= AWAY)
            since = old.since if old and is_same else datetime.now(UTC)
            last_line_at = old.last_line_at if old else None
            self.entries[network, channel] = BoardEntry(state, detail, since, last_line_at)
            if old:
                self.entries[network, channel].counted = old.counted
            self.has_changed = True
            self._changed.add((network, channel))

    def note_last_line(self, network: int, channel: int, at: datetime) -> None:
        """Note when a channel's newest line was said; it is written with the next states."""
        entry = self.entries.get((network, channel))
        if entry is not None and entry.last_line_at != at:
            entry.last_line_at = at
            self._changed.add((network, channel))

    def write(self, networks: Collection[int]) -> None:
        """Write the entries of these networks that have changed, and those of the networks themselves, whose rows tell
        that the bot is alive.

        Entries of networks and channels that no longer exist are left out. What has changed in other networks, which
        another bot stores, is written once this one stores them.
        """
        now = datetime.now(UTC)
        # Reset before the query: a change during it must be written next time.
        self.has_changed = False
        changed = {key for key in self._changed if key[0] in networks}
        self._changed -= changed
        written = changed | {key for key in self.entries if key[1] is None and key[0] in networks}
        try:
            self._write_rows(written, now)
        except BaseException:
            self._changed |= changed
            raise
        finally:
            connection.close()

    def _write_rows(self, keys: Keys, now: datetime) -> None:
        networks = set(Network.objects.values_list("pk", flat=True))
        wanted = [channel for _, channel in keys if channel is not None]
        channels = set(Channel.objects.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
        # In one order, as everywhere, against deadlocks.
        ordered = sorted(keys, key=lambda pair: (pair[0], pair[1] or 0))
        entries = [(pair, self.entries[pair]) for pair in ordered]
        for start in range(0, len(entries), ROWS_PER_STATEMENT):
            rows = [
                BotStatus(
                    network_id=network,
                    channel_id=channel,
                    state=entry.state,
                    detail=entry.detail,
                    since=entry.since,
                    last_line_at=entry.last_line_at,
                    journal_depth=entry.journal_depth,
                    updated_at=now,
                )
                for (network, channel), entry in entries[start : start + ROWS_PER_STATEMENT]
                if network in networks and (channel is None or channel in channels)
            ]
            BotStatus.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["network", "channel"],
                update_fields=["state", "detail", "since", "last_line_at", "journal_depth", "updated_at"],
            )
        self._add_problems(keys)

    def _add_problems(self, keys: Keys) -> None:
        """Add what is new to the counts in the database, which outlast this run."""
        for network, channel in keys:
            if channel is not None:
                continue
            entry = self.entries[network, None]
            new = {name: count - entry.counted.get(name, 0) for name, count in entry.problems.items()}
            if any(new.values()):
                sums = {name: F(name) + count for name, count in new.items()}
                BotStatus.objects.filter(network=network, channel=None).update(**sums)
                entry.counted = dict(entry.problems)


@dataclass(frozen=True, slots=True)
class StatusRow:
    """The status of one channel, or of a network (`channel` is empty).

    `is_ok`: everything is as the settings want it. `lag` is how far the archive is behind the bot, None while the bot
    receives nothing. `journal_depth` counts the bytes of the network that wait to be stored. `problems` has the counts
    of a network that nobody has acknowledged.
    """

    network: str
    channel: str
    state: str
    is_ok: bool
    since: datetime | None
    last_line_at: datetime | None
    lag: timedelta | None
    journal_depth: int
    reason: str
    problems: dict[str, int]


def read_status() -> Iterator[StatusRow]:
    """Yield the row of every network that the bot may connect to, followed by its channels; archives are left out."""
    now = timezone.now()
    statuses = {(status.network_id, status.channel_id): status for status in BotStatus.objects.all()}
    heard_until = dict(JournalPosition.objects.values_list("network").annotate(Max("heard_until")))
    for network in Network.objects.exclude(host="").order_by("name"):
        status = statuses.get((network.pk, None))
        lag = _lag(status, heard_until.get(network.pk), now)
        # The rows of channels are written only when they change.
        silent_since = status.updated_at if status and status.is_silent(now) else None
        yield _build_row(network, None, status, lag, silent_since)
        for channel in Channel.objects.filter(network=network).order_by("folded"):
            channel_status = statuses.get((network.pk, channel.pk))
            if channel.wanted or channel_status:
                yield _build_row(network, channel, channel_status, lag, silent_since)


def _build_row(
    network: Network,
    channel: Channel | None,
    status: BotStatus | None,
    lag: timedelta | None,
    silent_since: datetime | None,
) -> StatusRow:
    is_wanted = network.wanted and (channel is None or channel.wanted)
    state, reason = _state(status, silent_since) if is_wanted else (State.OFF.label, "")
    is_there = state == (State.JOINED if channel else State.CONNECTED).label
    return StatusRow(
        network=network.name,
        channel=channel.name if channel else "",
        state=state,
        is_ok=is_there or not is_wanted,
        since=status.since if status else None,
        last_line_at=status.last_line_at if status else None,
        lag=lag if is_there else None,
        journal_depth=status.journal_depth if status else 0,
        reason=(channel.stopped if channel else "") or reason,
        problems=status.problems if status and not channel else {},
    )


def _state(status: BotStatus | None, silent_since: datetime | None) -> tuple[str, str]:
    """Return state and reason of a wanted network or channel."""
    if status is None:
        return "unknown", "the bot has not reported it yet: is it running?"
    if status.state == State.OFF:
        return "stopped", status.detail or "the bot has stopped"
    if silent_since:
        return "silent", f"the bot has reported nothing since {silent_since:%Y-%m-%d %H:%M:%S} UTC: is it running?"
    return State(status.state).label, status.detail


def _lag(status: BotStatus | None, heard_until: datetime | None, now: datetime) -> timedelta | None:
    """Return how far the archive is behind; zero when nothing waits to be stored."""
    if status is None or heard_until is None:
        return None
    return max(now - heard_until, timedelta()) if status.journal_depth else timedelta()
