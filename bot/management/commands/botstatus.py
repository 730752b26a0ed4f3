"""`manage.py botstatus`: print the state of each network and channel; exit code 1 if a wanted one is not connected."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand

from bot.status import StatusRow, read_status

HEADINGS = ("network", "channel", "state", "since (UTC)", "last line (UTC)", "lag", "waiting", "why")


class Command(BaseCommand):
    help = "Shows the state of each network and channel; exits with 1 if a wanted one is not connected or joined."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        statuses = list(read_status())
        if not statuses:
            self.stdout.write("No network is wanted yet: add one with manage.py addchannel.")
            return
        rows = [HEADINGS, *(_format_row(status) for status in statuses)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
        if not all(status.is_ok for status in statuses):
            sys.exit(1)


def _format_row(status: StatusRow) -> tuple[str, ...]:
    return (
        status.network,
        status.channel or "-",
        status.state,
        _format_time(status.since),
        _format_time(status.last_line_at),
        _format_lag(status.lag),
        f"{status.journal_depth} B" if not status.channel else "",
        status.reason,
    )


def _format_time(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if at else "-"


def _format_lag(lag: timedelta | None) -> str:
    return "-" if lag is None else f"{lag.total_seconds():.0f} s"
