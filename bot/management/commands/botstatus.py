"""`manage.py botstatus`: print the state of each network and channel, and what went wrong with their lines.

The exit code is 1 if a wanted network or channel is not connected, or if something went wrong with lines
and nobody has acknowledged it.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand

from bot.status import StatusRow, read_status
from logs.models import BotStatus
from logs.models.bot_status import PROBLEMS

SENTENCES = {
    "lost": "{} lines were lost, because neither disk nor memory took them; gaps show when.",
    "damaged": "{} damaged records of the journal are in its file `damaged`.",
    "refused": "{} records that the database refused are in the journal's file `refused`.",
    "in_memory": "{} records were held in memory, because the disk did not take them.",
}
HEADINGS = ("network", "channel", "state", "since (UTC)", "last line (UTC)", "lag", "waiting", "why")


class Command(BaseCommand):
    help = (
        "Shows the state of each network and channel; exits with 1 if a wanted one is not connected or joined, or if"
        " something went wrong with lines and nobody has acknowledged it."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--acknowledge", action="store_true", help="set the counts of what went wrong to zero")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["acknowledge"]:
            BotStatus.objects.update(**dict.fromkeys(PROBLEMS, 0))
        statuses = list(read_status())
        if not statuses:
            self.stdout.write("No network is wanted yet: add one with manage.py addchannel.")
            return
        rows = [HEADINGS, *(_format_row(status) for status in statuses)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
        sentences = [f"{status.network}: {sentence}" for status in statuses for sentence in _list_problems(status)]
        if sentences:
            self.stdout.write("\n".join(["", *sentences, "Acknowledge: manage.py botstatus --acknowledge"]))
        if sentences or not all(status.is_ok for status in statuses):
            sys.exit(1)


def _list_problems(status: StatusRow) -> list[str]:
    return [SENTENCES[name].format(count) for name, count in status.problems.items() if count]


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
