"""What the bot says of itself, as rows; kept in memory and written in one go, so that no session waits for it."""
# MERGED: How the bot fares, from the rows that it writes: for `botstatus` and for whoever asks the bot.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from logs.models import BotStatus, Channel, Network
from logs.models.bot_status import JournalPosition, State


@dataclass(slots=True)
class Known:
    state: State
    detail: str
    since: datetime
    last_line_at: datetime | None = None
    journal_depth: int = 0


@dataclass(slots=True)
class Board:
    """States by (network id, channel id or None)."""

    known: dict[tuple[int, int | None], Known] = field(default_factory=dict)
    changed: bool = False

    def set(self, network: int, channel: int | None, state: State, detail: str) -> None:
        old = self.known.get((network, channel))
        if old is None or (old.state, old.detail) != (state, detail):
            since = old.since if old and old.state == state else datetime.now(UTC)
            last = old.last_line_at if old else None
            self.known[network, channel] = Known(state, detail, since, last)
            self.changed = True

    def write(self) -> None:
        """Writes every row; those of networks and channels that are gone are left out."""
        now = datetime.now(UTC)
        self.changed = False
        try:
            networks = set(Network.objects.values_list("pk", flat=True))
            channels = set(Channel.objects.values_list("pk", flat=True))
            rows = [
                BotStatus(
                    network_id=network,
                    channel_id=channel,
                    state=known.state,
                    detail=known.detail,
                    since=known.since,
                    last_line_at=known.last_line_at,
                    journal_depth=known.journal_depth,
                    updated_at=now,
                )
                for (network, channel), known in self.known.items()
                if network in networks and (channel is None or channel in channels)
            ]
            BotStatus.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["network", "channel"],
                update_fields=["state", "detail", "since", "last_line_at", "journal_depth", "updated_at"],
            )
        finally:
            connection.close()


SILENT = timedelta(seconds=30)
"""The bot writes its rows every 10 seconds: one that has not for so long is taken for dead."""


@dataclass(frozen=True, slots=True)
class Fare:
    """One network (`channel` is empty) or channel. `fine`: nothing is wanted that is not so.

    `lag` is how far the archive is behind what the bot hears, None where it hears nothing; `depth` are bytes that wait
    to be stored, of the whole network.
    """

    network: str
    channel: str
    state: str
    fine: bool
    since: datetime | None
    last_line: datetime | None
    lag: timedelta | None
    depth: int
    why: str


def fares() -> Iterator[Fare]:
    """Every network that the bot may connect to, each followed by its channels; archives are left out."""
    now = timezone.now()
    statuses = {(status.network_id, status.channel_id): status for status in BotStatus.objects.all()}
    heard = dict(JournalPosition.objects.values_list("network").annotate(Max("heard_until")))
    for network in Network.objects.exclude(host="").order_by("name"):
        status = statuses.get((network.pk, None))
        yield _fare(network, None, status, _lag(status, heard.get(network.pk), now), now)
        for channel in Channel.objects.filter(network=network).order_by("folded"):
            own = statuses.get((network.pk, channel.pk))
            if channel.wanted or own:
                yield _fare(network, channel, own, _lag(status, heard.get(network.pk), now), now)


def _fare(
    network: Network, channel: Channel | None, status: BotStatus | None, lag: timedelta | None, now: datetime
) -> Fare:
    wanted = network.wanted and (channel is None or channel.wanted)
    state, why = _state(status, now) if wanted else (State.OFF.label, "")
    there = state == (State.JOINED if channel else State.CONNECTED).label
    return Fare(
        network=network.name,
        channel=channel.name if channel else "",
        state=state,
        fine=there or not wanted,
        since=status.since if status else None,
        last_line=status.last_line_at if status else None,
        lag=lag if there else None,
        depth=status.journal_depth if status else 0,
        why=(channel.stopped if channel else "") or why,
    )


def _state(status: BotStatus | None, now: datetime) -> tuple[str, str]:
    """State and reason of what is wanted."""
    if status is None:
        return "unknown", "the bot has said nothing of it yet: does it run?"
    if status.state == State.OFF:
        return "stopped", status.detail or "the bot has stopped"
    if now - status.updated_at > SILENT:
        return "silent", f"the bot has said nothing since {status.updated_at:%Y-%m-%d %H:%M:%S} UTC: does it run?"
    return State(status.state).label, status.detail


def _lag(status: BotStatus | None, heard_until: datetime | None, now: datetime) -> timedelta | None:
    """Nothing waits, nothing lags."""
    if status is None or heard_until is None:
        return None
    return max(now - heard_until, timedelta()) if status.journal_depth else timedelta()
