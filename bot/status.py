"""What the bot says of itself, as rows; kept in memory and written in one go, so that no session waits for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection

from logs.models import BotStatus, Channel, Network
from logs.models.status import State


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
