"""Log files that other programs write and `watchlogs` follows: how far each one is stored, and whether it is followed.

A file's row moves in the transaction of the lines that were read from it, so that the file itself is their journal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import Count, Sum
from django.utils import timezone

from logs.models.channel import Channel

WATCH_SILENT_AFTER = timedelta(seconds=30)
"""A running `watchlogs` notes every 10 seconds that it is there; without news for this long it counts as dead."""


class WatchState(models.TextChoices):
    """What is done with a file."""

    FOLLOWED = "followed", "followed"
    WAITING = "waiting", "its format is not certain yet"
    REFUSED = "refused", "refused"
    GONE = "gone", "not there any more"


class WatchedPath(models.Model):
    """A file or folder that was given to `watchlogs`. `name` tells apart machines whose paths are the same.

    Files whose path has a day before `closed_before` are not followed: they do not grow any more. None: the path has
    never been followed. `imports_old`: the old lines of the first start have still to be imported.
    """

    name = models.CharField(max_length=100, blank=True)
    path = models.TextField()
    closed_before = models.DateField(null=True)
    began_at = models.DateTimeField(null=True, help_text="When the path was followed first.")
    imports_old = models.BooleanField(default=False)
    polls = models.BooleanField(default=False, help_text="Whether the files are looked at again and again.")
    ignored = models.IntegerField(default=0, help_text="Files that are no log of a channel, or are packed.")
    lines = models.BigIntegerField(default=0, help_text="Lines of files whose rows were deleted.")
    unparsed = models.BigIntegerField(default=0, help_text="The same of those that were reported and not stored.")
    problem = models.TextField(blank=True)
    seen_at = models.DateTimeField(null=True, help_text="When a watchlogs process was last known to follow the path.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["path", "name"], name="watched_path_once")]

    def __str__(self) -> str:
        return self.path


class WatchedFile(models.Model):
    """One file and how far it is stored: `offset` bytes.

    `identity` is its device and inode; `head` is the digest of its first `head_length` bytes, by which a copy, or the
    same file with another inode, is recognised. Parsing begins again at `context_offset`, on `context_day`, so that
    lines behind `offset` are understood; `context_digest` is that of the bytes between the two. `lines` counts those
    that were read, `unparsed` those that were reported and not stored; `detail` is what was reported last.
    """

    root = models.ForeignKey(WatchedPath, models.CASCADE, related_name="files")
    path = models.TextField()
    folder = models.TextField(help_text="The folder of the channel's logs.")
    day = models.DateField(null=True, help_text="The day in its path.")
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="watched_files")
    format = models.CharField(max_length=20, blank=True)
    identity = models.CharField(max_length=60)
    head = models.CharField(max_length=64, blank=True)
    head_length = models.IntegerField(default=0)
    offset = models.BigIntegerField(default=0)
    context_offset = models.BigIntegerField(default=0)
    context_day = models.DateField(null=True)
    is_day_lost = models.BooleanField(default=False)
    context_digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=WatchState, default=WatchState.WAITING)
    detail = models.TextField(blank=True)
    lines = models.BigIntegerField(default=0)
    unparsed = models.BigIntegerField(default=0)
    last_line_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.path

    def is_closed(self, before: date) -> bool:
        """Whether the file is of a day that is over for certain."""
        return self.day is not None and self.day < before


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
