"""`manage.py botstatus`: how the bot fares, network by network; exit code 1 if anything wanted is not so."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand

from bot.status import Fare, fares

HEADINGS = ("network", "channel", "state", "since (UTC)", "last line (UTC)", "lag", "waiting", "why")


class Command(BaseCommand):
    help = "Shows how the bot fares in each network and channel; exits with 1 if one that is wanted is not joined."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(fares())
        if not found:
            self.stdout.write("No network is wanted yet: add one with manage.py addchannel.")
            return
        rows = [HEADINGS, *(_row(fare) for fare in found)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
        if not all(fare.fine for fare in found):
            sys.exit(1)


def _row(fare: Fare) -> tuple[str, ...]:
    return (
        fare.network,
        fare.channel or "-",
        fare.state,
        _clock(fare.since),
        _clock(fare.last_line),
        _seconds(fare.lag),
        f"{fare.depth} B" if not fare.channel else "",
        fare.why,
    )


def _clock(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if at else "-"


def _seconds(lag: timedelta | None) -> str:
    return "-" if lag is None else f"{lag.total_seconds():.0f} s"
