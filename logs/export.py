"""The archive in files, as other programs write them; streamed, so that memory does not grow with what is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import chain, groupby
from pathlib import PurePath

from django.db import connection, transaction

from logs.formats import jsonl
from logs.formats.line import Format, Line, Missing, Writing
from logs.formats.names import file_name
from logs.formats.registry import FORMATS
from logs.models import Channel
from logs.models import Line as Row

CHUNK = 2000
"""Rows that are fetched at a time."""

WRITERS = {known.name: known for known in FORMATS.values() if known.write}

_FIELDS = ("at", "kind", "nick", "text", "target", "account", "msgid", "id")


@dataclass(frozen=True, slots=True)
class Export:
    """How to write what was said from `since` to before `until`, if given. `zone`: of times that tell none."""

    format: Format
    zone: tzinfo
    since: datetime | None = None
    until: datetime | None = None

    def files(self, channel: Channel) -> Iterator[tuple[PurePath, Iterator[str]]]:
        """The files of a channel, each with its lines, which are to be taken before the next file. Only `snapshot`."""
        name, network = file_name(channel.name), channel.network.name
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
        """A channel as one file. Only inside of `snapshot`."""
        return self._written(channel, self.lines(channel))

    def lines(self, channel: Channel) -> Iterator[Line]:
        """In the order in which they are read. Only inside of `snapshot`."""
        rows = Row.objects.filter(channel=channel)
        if self.since:
            rows = rows.filter(at__gte=self.since)
        if self.until:
            rows = rows.filter(at__lt=self.until)
        for row in rows.order_by("at", "id").values_list(*_FIELDS).iterator(CHUNK):
            yield Line(*row)

    def _written(self, channel: Channel, lines: Iterator[Line]) -> Iterator[str]:
        how = Writing(channel.name, self.zone)
        write = self.format.write
        if write is None or write is jsonl.write:
            return jsonl.write(chain(self._gaps(channel), lines), how)
        return write(lines, how)

    def _gaps(self, channel: Channel) -> Iterator[Missing]:
        for gap in channel.gaps.order_by("from_at", "pk"):
            if not (self.since and gap.to_at and gap.to_at <= self.since) and not (
                self.until and gap.from_at >= self.until
            ):
                yield Missing(gap.from_at, gap.to_at, gap.reason)


@contextmanager
def snapshot() -> Iterator[None]:
    """All that is read within is as it was at one moment."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
        yield
