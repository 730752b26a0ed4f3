"""Exports the archive as files in the formats of other programs; streamed, so that memory use stays constant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from itertools import chain, groupby
from pathlib import PurePath

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from logs.formats import jsonl
from logs.formats.file_names import channel_file_name
from logs.formats.log_format import FilledLines, Format, LogLine, MissingTime, ReplyDecision, WriteOptions
from logs.formats.registry import FORMATS
from logs.models import Channel, OldNumber
from logs.models import Line as Row

ROWS_PER_FETCH = 2000
"""Rows fetched at a time; no cursor or connection is held between two fetches."""

WRITERS = {known.name: known for known in FORMATS.values() if known.write}

_FIELDS = ("at", "kind", "nick", "text", "target", "account", "msgid", "id")


@dataclass(frozen=True, slots=True)
class Export:
    """What to write: the lines from `since` on and before `until`, in a format whose times are in `zone`."""

    format: Format
    zone: tzinfo
    since: datetime | None = None
    until: datetime | None = None

    def files(self, channel: Channel) -> Iterator[tuple[PurePath, Iterator[str]]]:
        """Yield the files of a channel with their lines; each file's lines must be consumed before the next file."""
        name, network = channel_file_name(channel.name), channel.network.name
        match self.format.name:
            case "znc":
                for day, lines in groupby(self.lines(channel), lambda line: line.at.astimezone(self.zone).date()):
                    yield PurePath(network, name, f"{day}.log"), self._written(channel, lines)
            case "weechat":
                yield PurePath(f"irc.{network}.{name}.weechatlog"), self.text(channel)
            case _:
                ending = "jsonl" if self.format.name == "jsonl" else "log"
                yield PurePath(network, f"{name}.{ending}"), self.text(channel)

    def text(self, channel: Channel) -> Iterator[str]:
        """Return a channel as the lines of one file."""
        return self._written(channel, self.lines(channel))

    def lines(self, channel: Channel) -> Iterator[LogLine]:
        """Yield the lines in reading order."""
        rows = Row.objects.filter(channel=channel).order_by("at", "id")
        if self.since:
            rows = rows.filter(at__gte=self.since)
        if self.until:
            rows = rows.filter(at__lt=self.until)
        has_old = OldNumber.objects.filter(channel=channel).exists()
        page = _page(rows)
        while page:
            yield from _with_old_numbers(channel, page) if has_old else page
            last = page[-1]
            page = (
                _page(rows.filter(Q(at__gt=last.at) | Q(id__gt=last.id), at__gte=last.at))
                if len(page) == ROWS_PER_FETCH
                else []
            )

    def _written(self, channel: Channel, lines: Iterator[LogLine]) -> Iterator[str]:
        options = WriteOptions(channel.name, self.zone)
        write = self.format.write
        if write is None or write is jsonl.write:
            return jsonl.write(
                chain(self._gaps(channel), self._fills(channel), self._decisions(channel), lines), options
            )
        return write(lines, options)

    def _gaps(self, channel: Channel) -> Iterator[MissingTime]:
        for gap in channel.gaps.order_by("from_at", "pk"):
            if not (self.since and gap.to_at and gap.to_at <= self.since) and not (
                self.until and gap.from_at >= self.until
            ):
                yield MissingTime(gap.from_at, gap.to_at, gap.reason)

    def _fills(self, channel: Channel) -> Iterator[FilledLines]:
        """Yield all fills, whatever the time limits: they are ranges of ids, not of times."""
        for fill in channel.fills.order_by("first", "pk"):
            yield FilledLines(fill.first, fill.last, fill.name)

    def _decisions(self, channel: Channel) -> Iterator[ReplyDecision]:
        """Yield all decisions about answers, which are about ids, too."""
        for decided in channel.reply_overrides.order_by("line"):
            yield ReplyDecision(decided.line, decided.reply_to, decided.by)


def _page(rows: QuerySet[Row]) -> list[LogLine]:
    return [LogLine(*row) for row in rows.values_list(*_FIELDS)[:ROWS_PER_FETCH]]


def _with_old_numbers(channel: Channel, lines: list[LogLine]) -> Iterator[LogLine]:
    numbers = defaultdict(list)
    former_numbers = OldNumber.objects.filter(channel=channel, line__in=[line.id for line in lines])
    for number, line in former_numbers.order_by("number").values_list("number", "line"):
        numbers[line].append(number)
    for each in lines:
        old = numbers.get(each.id or 0)
        yield each._replace(old=tuple(old)) if old else each


def day_start(day: date | None, zone: tzinfo) -> datetime | None:
    """Return the start of a day in a time zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC) if day else None


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything inside the block from one snapshot of the database."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
        yield
