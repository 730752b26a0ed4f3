"""What is being followed, for `watchlogs --status` and /metrics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum
from django.utils import timezone

from logs.models import WatchedFile, WatchedPath
from logs.models.watched import WATCH_SILENT_AFTER, WatchState


@dataclass(frozen=True, slots=True)
class PathStatus:
    """One path. `is_followed`: a process follows it at this moment. `problem` says what a person should look at."""

    path: str
    name: str
    is_followed: bool
    polls: bool
    files: dict[str, int]
    lines: int
    unparsed: int
    ignored: int
    problem: str


@dataclass(frozen=True, slots=True)
class FileStatus:
    """One file that is not gone."""

    path: str
    channel: str
    state: str
    format: str
    lines: int
    unparsed: int
    last_line_at: datetime | None
    detail: str


def read_paths() -> Iterator[PathStatus]:
    now = timezone.now()
    counts = WatchedFile.objects.values_list("root", "state").annotate(Count("pk"), Sum("lines"), Sum("unparsed"))
    rows = list(counts)
    for path in WatchedPath.objects.order_by("name", "path"):
        own = [row[1:] for row in rows if row[0] == path.pk]
        yield PathStatus(
            path.path,
            path.name,
            path.seen_at is not None and now - path.seen_at <= WATCH_SILENT_AFTER,
            path.polls,
            {state: count for state, count, _lines, _unparsed in own},
            path.lines + sum(lines for _state, _count, lines, _unparsed in own),
            path.unparsed + sum(unparsed for _state, _count, _lines, unparsed in own),
            path.ignored,
            path.problem,
        )


def read_files(path: str, name: str) -> Iterator[FileStatus]:
    """Yield the files of a path that are there."""
    rows = WatchedFile.objects.filter(root__path=path, root__name=name).exclude(state=WatchState.GONE)
    for row in rows.select_related("channel__network").order_by("path"):
        channel = f"{row.channel} on {row.channel.network}" if row.channel else ""
        yield FileStatus(
            row.path, channel, row.state, row.format, row.lines, row.unparsed, row.last_line_at, row.detail
        )
